extension HostConfiguration {
    /// The JSON Schema (2020-12) of the config file: the bytes of `config-schema/host-config.schema.json`.
    public static var schema: [UInt8] { PackageResources.host_config_schema_json }
}
