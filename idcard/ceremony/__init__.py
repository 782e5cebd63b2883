"""What key officers do: found a city, rotate keys, draft, sign and publish."""
