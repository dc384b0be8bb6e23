public import HostConfig
public import Platform

/// The copy of the config that the last run had, as it lies on the host.
public enum ConfigInForce: Sendable {
    /// As it was taken, with what it was signed with then: that its time may be over since is no difference.
    case good(HostConfiguration)
    /// Nobody can go by it; what is there instead, and what to do.
    case damaged(Explanation)
    case absent(Explanation)

    /// Looks.
    ///
    /// Blocks.
    public static func read(_ layout: HostLayout) throws(SystemCallError) -> ConfigInForce {
        let path = layout.configInForce
        guard let status = try FileStatus.of(path) else {
            return .absent(
                Explanation(
                    "there is no config in force to look by", at: path,
                    hint:
                        "name the config's bootstrap_root: --root DIR; if it is right, host-bootstrap apply --config FILE writes it anew"
                ))
        }
        let damage = { (words: String) in
            ConfigInForce.damaged(
                Explanation(
                    "the config in force is \(words)", at: path,
                    hint: "host-bootstrap apply --config FILE writes it anew"))
        }
        guard status.kind == .file else { return damage("a \(status.kind.rawValue)") }
        guard case .success(var configuration) = HostConfiguration.load(try Files.read(path), file: path) else {
            return damage("damaged, so that no step can be looked at")
        }
        if try FileStatus.of(layout.configSignature)?.kind == .file {
            configuration.signature = try Files.readIfPresent(layout.configSignature, limit: 64 << 10)
        }
        return .good(configuration)
    }
}
