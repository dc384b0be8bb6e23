/// What dpkg is to do with a package that is there, in the words of `dpkg --get-selections`.
public enum PackageSelection: String, Sendable, Codable {
    /// It is kept, and may become another version.
    case install
    /// It stays in the version that it has.
    case hold
}
