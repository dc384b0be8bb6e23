// HostConfig
