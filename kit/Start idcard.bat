@echo off
rem Double-click to start. Needs Python 3.11 or later from python.org, installed for this user.
py -3 "%~dp0start.py" %*
if errorlevel 1 pause
