internal import CLinux
internal import CSSL
internal import Glibc
internal import Platform

/// Carries many TLS connections on one thread, none of which ever waits for one of them (epoll(7)).
struct TLSLoop {
    /// The descriptors to wait on, the listening one among them.
    struct Setup: Sendable {
        let events: OpenFile
        let listener: Int32

        init(listener: Int32, bell: Int32) throws(SystemCallError) {
            let number = linux_events_create()
            guard number >= 0 else { throw SystemCallError("epoll_create1", "TLS", code: -number) }
            events = OpenFile(Descriptor(owning: number))
            self.listener = listener
            for (descriptor, key) in [(listener, TLSLoop.listenerKey), (bell, TLSLoop.bellKey)] {
                let code = linux_events_add(number, descriptor, key, key == TLSLoop.listenerKey ? 1 : 0)
                guard code == 0 else { throw SystemCallError("epoll_ctl", "TLS", code: -code) }
            }
        }
    }

    private static let sweepEvery = Duration.seconds(1)

    private let setup: Setup
    private let context: TLSFront.Context
    private let load: TLSFront.Load
    private let connect: TLSFront.Connect
    private var connections: [UInt64: TLSConnection] = [:]
    /// Those that could go on at once, but have had their turn.
    private var hurried: Set<UInt64> = []
    /// What is told of a descriptor bears twice the connection's number, and one more if it is the server's side.
    private var nextNumber: UInt64 = 1
    private static let listenerKey: UInt64 = 0, bellKey: UInt64 = 1
    private var isStopped = false
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    private var swept = ContinuousClock.now

    init(
        _ setup: Setup, _ context: TLSFront.Context, _ load: TLSFront.Load,
        _ connect: @escaping TLSFront.Connect
    ) {
        self.setup = setup
        self.context = context
        self.load = load
        self.connect = connect
    }

    /// Until it is stopped and the last connection has ended.
    mutating func run() {
        var found = [linux_event](repeating: linux_event(), count: 64)
        while !isStopped || !connections.isEmpty {
            let count = linux_events_wait(
                setup.events.descriptor.number, &found, Int32(found.count), hurried.isEmpty ? 1000 : 0)
            let again = hurried
            hurried = []
            for event in found.prefix(Int(max(0, count))) {
                switch event.key {
                case Self.listenerKey: accept()
                case Self.bellKey: close()
                default:
                    if event.key % 2 == 0, event.is_broken != 0 { connections[event.key / 2]?.isDeserted = true }
                    advance(event.key / 2)
                }
            }
            for number in again { advance(number) }
            sweep()
        }
    }

    private mutating func advance(_ number: UInt64) {
        guard let connection = connections[number] else { return }
        switch connection.advance(&buffer, open) {
        case .waits: break
        case .hurries: hurried.insert(number)
        case .ended: drop(number)
        }
    }

    private mutating func drop(_ number: UInt64) {
        let address = connections.removeValue(forKey: number)?.withAddress { address, _ in countedAddress(address) }
        load.leave(address ?? [])
    }

    private mutating func close() {
        isStopped = true
        linux_events_remove(setup.events.descriptor.number, setup.listener)
    }

    /// Makes the plain side of a connection whose handshake is done; nil when the server takes none.
    private func open(_ connection: TLSConnection) -> Descriptor? {
        var pair: [Int32] = [-1, -1]
        let kind = SocketKind.stream | SocketKind.closedOnExec | SocketKind.nonBlocking
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { return nil }
        let plain = Descriptor(owning: pair[0])
        // The server closes its end whether it takes it or not.
        guard connection.withAddress({ connect(pair[1], $0, $1) }),
            linux_events_add(setup.events.descriptor.number, pair[0], connection.number * 2 + 1, 0) == 0
        else { return nil }
        return plain
    }

    private mutating func accept() {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.accept(setup.listener, $0, &length) }
        }
        guard number >= 0 else {
            switch errno {
            // Out of descriptors: they come back when connections end.
            case EMFILE, ENFILE, ENOMEM: usleep(10_000)
            // Somebody has shut it down: it would be told of for ever.
            case EINVAL: close()
            default: break
            }
            return
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        let client = Descriptor(owning: number)
        let address = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { countedAddress($0) }
        }
        guard load.enter(address) else { return }
        guard
            let connection = TLSConnection(nextNumber, client, context.pointer, storage, length),
            linux_events_add(setup.events.descriptor.number, number, nextNumber * 2, 0) == 0
        else { return load.leave(address) }
        connections[nextNumber] = connection
        nextNumber += 1
    }

    private mutating func sweep() {
        let now = ContinuousClock.now
        guard now - swept > Self.sweepEvery else { return }
        swept = now
        for (number, connection) in connections where connection.isOverdue(now) { drop(number) }
    }
}
