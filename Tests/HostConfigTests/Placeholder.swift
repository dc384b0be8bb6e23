// HostConfigTests
