internal import Glibc

/// A terminal that a descriptor of this process leads to.
public struct Terminal: Sendable {
    /// The descriptor, to write to.
    public let descriptor: Int32

    /// The terminal behind a descriptor; nil when it is a file, a pipe or nothing.
    public init?(_ descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        self.descriptor = descriptor
    }

    /// Its size in characters, as it is now; 80 by 24 where it tells none, as a serial line does.
    public var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// This process is not behind the terminal's foreground, where a shell's prompt stands; of a terminal that is not the
    /// one that controls it, that cannot be told.
    public var isForeground: Bool {
        let group = tcgetpgrp(descriptor)
        return group < 0 || group == getpgrp()
    }

    /// A terminal of this kind, which the environment's `TERM` names, acts on the codes that move the cursor.
    public static func movesCursor(_ kind: String?) -> Bool { !["", "dumb"].contains(kind ?? "") }
}
