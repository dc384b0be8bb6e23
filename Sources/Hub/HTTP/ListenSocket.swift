internal import Glibc
internal import Platform

/// A socket that listens.
struct ListenSocket: ~Copyable {
    private let descriptor: Descriptor
    /// Where, with the port that the kernel chose.
    let address: ListenAddress

    /// Binds and listens; the corresponding C functions are `socket`, `bind`, `listen`.
    static func open(_ wanted: ListenAddress) throws(HubError) -> ListenSocket {
        let isSix = wanted.host.contains(":")
        let kind = SocketKind.stream | SocketKind.closedOnExec
        let number = socket(isSix ? AF_INET6 : AF_INET, kind, 0)
        guard number >= 0 else { throw refusal("socket", wanted, errno) }
        let descriptor = Descriptor(owning: number)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let code = isSix ? bindSix(number, wanted) : bindFour(number, wanted)
        guard code == 0 else { throw refusal("bind", wanted, code) }
        guard listen(number, 1024) == 0 else { throw refusal("listen", wanted, errno) }
        return ListenSocket(
            descriptor: descriptor, address: wanted.with(port: ListenAddress(of: number)?.port ?? wanted.port))
    }

    /// Takes a socket over that listens already.
    static func taken(_ number: Int32) throws(HubError) -> ListenSocket {
        guard let address = ListenAddress(of: number) else {
            throw .cannotListen(
                address: "the socket that was handed over", reason: "it is no internet socket",
                hint: "let the socket unit have ListenStream=ADDRESS:PORT")
        }
        return ListenSocket(descriptor: Descriptor(owning: number), address: address)
    }

    private init(descriptor: consuming Descriptor, address: ListenAddress) {
        self.descriptor = descriptor
        self.address = address
    }

    /// A number for the socket that is the caller's to close.
    consuming func surrender() -> Int32 { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 3) }
}

private func refusal(_ call: String, _ address: ListenAddress, _ code: Int32) -> HubError {
    let hint =
        switch code {
        case EADDRINUSE: "see who listens there (ss -ltnp), or choose another port with --listen"
        case EACCES, EPERM: "this user may not take that port: choose one above 1023 with --listen"
        case EADDRNOTAVAIL: "this machine has no such address (ip address): choose another with --listen"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n, LimitNOFILE=)"
        default: "choose another address with --listen"
        }
    return .cannotListen(
        address: address.authority, reason: SystemCallError(call, address.authority, code: code).explanation.problem,
        hint: hint)
}

/// Both return 0 or an errno.
private func bindFour(_ number: Int32, _ wanted: ListenAddress) -> Int32 {
    var address = sockaddr_in()
    inet_pton(AF_INET, wanted.host, &address.sin_addr)
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = wanted.port.bigEndian
    return bound(number, &address)
}

private func bindSix(_ number: Int32, _ wanted: ListenAddress) -> Int32 {
    var address = sockaddr_in6()
    inet_pton(AF_INET6, wanted.host, &address.sin6_addr)
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = wanted.port.bigEndian
    return bound(number, &address)
}

private func bound<Address>(_ number: Int32, _ address: inout Address) -> Int32 {
    let length = socklen_t(MemoryLayout<Address>.size)
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
    }
    return result == 0 ? 0 : errno
}

/// What `socket` takes (linux/net.h, the same on x86_64 and aarch64): curl's headers, in the same program, can hide these from
/// Swift.
enum SocketKind {
    static let stream: Int32 = 1
    static let closedOnExec: Int32 = 0o2_000_000
    static let nonBlocking: Int32 = 0o4_000
}
