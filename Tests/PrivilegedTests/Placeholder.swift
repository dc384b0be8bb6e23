// PrivilegedTests
