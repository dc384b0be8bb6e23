/// The machines that the agent is built for, by the name that uname(1) gives them.
public enum ElfMachine: String, Sendable, CaseIterable {
    case x86_64, aarch64

    /// Reads it from an ELF file's head, 20 bytes at least; nil for other files and machines.
    public init?(head: some Collection<UInt8>) {
        let bytes = Array(head.prefix(20))
        // 64-bit, little-endian; an executable (2) or one that loads anywhere (3): elf(5).
        guard bytes.count == 20, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), [2, 3].contains(bytes[16]) else {
            return nil
        }
        switch UInt16(bytes[18]) | UInt16(bytes[19]) << 8 {
        case 62: self = .x86_64
        case 183: self = .aarch64
        default: return nil
        }
    }
}
