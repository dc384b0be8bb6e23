// BtrfsTests
