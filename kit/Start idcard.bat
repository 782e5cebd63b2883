@echo off
rem Double-click to start. Needs Python 3.11 or later from python.org, installed for this user.
cd /d "%~dp0"
py -3 start.py %*
if errorlevel 1 pause
