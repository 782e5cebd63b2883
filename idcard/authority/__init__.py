"""The city's private side: key files, the officer's plan, founding a city, signing what is published."""
