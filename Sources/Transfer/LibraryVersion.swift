internal import CCurl

/// Which library this program runs with.
public enum TransferLibrary {
    /// The version of libcurl, with what it speaks TLS and HTTP by.
    public static var version: String { String(cString: curl_version()) }
}
