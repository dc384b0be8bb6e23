internal import Glibc
import Platform

/// Looks names up as transfers will.
public enum Resolver {
    /// Does the name, or address, lead anywhere? Asks the system's resolver for at most its own time limits.
    public static func resolves(_ host: String) async -> Bool {
        await onOwnThread { () throws(Never) in
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, nil, &hints, &list)
            if let list { freeaddrinfo(list) }
            return code == 0
        }
    }
}
