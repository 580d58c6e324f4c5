"""What whoever operates the centre keeps, brings back and installs."""
