public import Platform

/// Why a text is no address to use; the text itself stays out, since it may carry a secret.
public enum WebAddressError: Explained, Equatable {
    /// It does not have the form of a URL.
    case malformed
    /// It is a `file:` address whose path is not absolute and in its shortest form.
    case path
    /// Its scheme is not for this purpose.
    case scheme(WebAddress.Purpose)

    /// What was expected, and a remedy.
    public var explanation: Explanation {
        switch self {
        case .malformed:
            Explanation(
                "not a complete URL",
                hint: "write scheme, host and path, percent-encode other characters, and leave out any #fragment")
        case .path:
            Explanation(
                "the URL's path is not absolute and in its shortest form",
                hint: "write file:///folder/file, without \".\", \"..\" and needless slashes")
        case .scheme(let purpose):
            Explanation(
                "the URL's scheme is not allowed here",
                hint: "use \(purpose.words); 127.0.0.1, [::1] and localhost are loopback addresses")
        }
    }
}
