/// A processor architecture that hosts may have, by its name in `uname -m`.
public enum Architecture: String, Sendable, CaseIterable {
    /// 64-bit x86, which Debian calls amd64.
    case x86_64
    /// 64-bit Arm, which Debian calls arm64.
    case aarch64

    /// Reads the name, or Debian's name for the same.
    public init?(name: String) {
        switch name {
        case "x86_64", "amd64": self = .x86_64
        case "aarch64", "arm64": self = .aarch64
        default: return nil
        }
    }

    #if arch(x86_64)
        /// The one that this program was built for.
        public static let current = Architecture.x86_64
    #elseif arch(arm64)
        /// The one that this program was built for.
        public static let current = Architecture.aarch64
    #endif
}
