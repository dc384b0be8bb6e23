/// A variable of the environment that names no proxy; its text may hold a password and is not shown.
public enum ProxyError: Explained, Equatable {
    /// It has not the form of a proxy's address, for this reason.
    case malformed(variable: String, reason: String)
    /// It asks for a kind of proxy that there is not.
    case unknownScheme(variable: String)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .malformed(let variable, let reason):
            Explanation(
                "names no proxy: it \(reason)", at: variable,
                hint: "write http://USER:PASSWORD@HOST:PORT, and in user and password %40 for @, %2F for /, %3A for :, "
                    + "%25 for % and so on")
        case .unknownScheme(let variable):
            Explanation(
                "names a kind of proxy that there is not", at: variable,
                hint: "use one of \(ProxyAddress.schemes.joined(separator: ", ")), such as http://HOST:PORT")
        }
    }
}
