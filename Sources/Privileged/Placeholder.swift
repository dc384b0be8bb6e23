// Privileged
