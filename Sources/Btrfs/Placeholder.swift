// Btrfs
