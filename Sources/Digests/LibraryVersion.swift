internal import CCrypto

/// Which library this program runs with.
public enum DigestsLibrary {
    /// The version of OpenSSL's libcrypto.
    public static var version: String { OpenSSL_version(OPENSSL_VERSION_STRING).map { String(cString: $0) } ?? "?" }
}
