"""What a code says: claims, profiles, the QR text, minting, drawing and explaining (specs/credential.md).

Modules are imported one by one: a venue loads `text`, `signed` and `claims`, never `mint` or `qr`.
"""
