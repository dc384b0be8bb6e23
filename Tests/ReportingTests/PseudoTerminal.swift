import Glibc
import Platform
import Synchronization

/// A pseudo-terminal of the kernel's, and all that was written to it.
final class PseudoTerminal: Sendable {
    private let master: Int32
    /// The end that a program writes to.
    let slave: Int32
    /// `TIOCGPTN` and `TIOCSPTLCK` of asm-generic/ioctls.h, which are no plain numbers there.
    private static let getNumber: UInt = 0x8004_5430, unlock: UInt = 0x4004_5431
    private let written = Mutex<[UInt8]>([])

    init(columns: Int, rows: Int) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: UInt32 = 0, locked: Int32 = 0
        guard master >= 0, ioctl(master, Self.unlock, &locked) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw SystemCallError("open", "/dev/ptmx", code: errno)
        }
        let name = "/dev/pts/\(number)"
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw SystemCallError("open", name, code: errno) }
        resize(columns: columns, rows: rows)
        let master = master
        startThread { [weak self] in
            var piece = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(master, &piece, piece.count)
                guard count > 0, let self else { break }
                self.written.withLock { $0 += piece.prefix(count) }
            }
            close(master)
        }
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
    }

    /// All that was written until now.
    var bytes: [UInt8] { written.withLock { $0 } }

    /// Closes the program's end.
    func hangUp() { close(slave) }
}
