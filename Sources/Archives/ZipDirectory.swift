internal import Glibc
import Platform

/// Where a zip's entries lie, in their order in the file, by the directory at its end (APPNOTE.TXT, 4.3).
///
/// libarchive takes what it finds of a damaged directory for all there is, and has no bytes for names declared as UTF-8.
/// One thread.
final class ZipDirectory {
    private let window: FileWindow
    private let name: String
    private var places: [Int64] = []
    /// How many entries libarchive gave so far.
    private var given = 0

    /// Reads a directory; refused when it is not as the record behind it says.
    static func open(_ path: String, name: String, most entries: Int) throws(ArchiveError) -> ZipDirectory {
        let window = try onDisk { () throws(SystemCallError) in try FileWindow(path) }
        let directory = ZipDirectory(window: window, name: name)
        try directory.readPlaces(most: entries)
        return directory
    }

    private init(window: FileWindow, name: String) {
        self.window = window
        self.name = name
    }

    /// libarchive gave one more entry.
    func advance() throws(ArchiveError) {
        given += 1
        if given > places.count { throw damaged("its directory has fewer entries than there are") }
    }

    /// libarchive gave the last one.
    func checkEnd() throws(ArchiveError) {
        if given < places.count { throw damaged("entries that its directory names are missing") }
    }

    // MARK: The directory

    private func readPlaces(most: Int) throws(ArchiveError) {
        let end = try findEnd()
        var position = end.start
        while position < end.start + end.size {
            guard let head = try bytes(46, at: position), head.number(0, UInt32.self) == 0x0201_4b50 else {
                throw damaged("its directory is cut or overwritten")
            }
            guard places.count < most else { throw .tooManyEntries(path: name, limit: most) }
            let lengths = [28, 30, 32].map { Int(head.number($0, UInt16.self)) }
            let place = Int64(head.number(42, UInt32.self))
            // What comes before this is told by fields that are there when their short forms say so (4.5.3).
            let before = [24, 20].count { head.number($0, UInt32.self) == UInt32.max } * 8
            if place == Int64(UInt32.max) {
                places.append(try longPlace(at: position + 46 + Int64(lengths[0]), lengths[1], skipping: before))
            } else {
                places.append(place + end.correction)
            }
            position += 46 + Int64(lengths.reduce(0, +))
        }
        let isWhole = end.isLong ? places.count == end.count : places.count & 0xffff == end.count
        guard isWhole else {
            throw damaged("its directory has \(places.count) entries, the record at its end says \(end.count)")
        }
        if places.isEmpty { throw .empty(path: name) }
        places.sort()
        if zip(places, places.dropFirst()).contains(where: { $0 == $1 }) {
            throw damaged("two entries of its directory are one")
        }
    }

    private func longPlace(at offset: Int64, _ length: Int, skipping: Int) throws(ArchiveError) -> Int64 {
        guard let extra = try bytes(length, at: offset), let field = extra.field(0x0001),
            field.count >= skipping + 8, let place = Int64(exactly: field.number(skipping, UInt64.self))
        else { throw damaged("its directory does not tell where an entry lies") }
        return place
    }

    /// What the record at the end says of the directory.
    private struct End {
        var start: Int64, size: Int64, count: Int
        /// What is to be added to each entry's place.
        var correction: Int64 = 0
        var isLong = false
    }

    private func findEnd() throws(ArchiveError) -> End {
        // The record has 22 bytes and a comment of at most 64 KiB behind it.
        let tail = min(window.size, 22 + 0xffff)
        guard let bytes = try bytes(Int(tail), at: window.size - tail),
            let index = stride(from: bytes.count - 22, through: 0, by: -1)
                .first(where: { bytes.number($0, UInt32.self) == 0x0605_4b50 })
        else { throw damaged("it is cut off: the record at its end is missing") }
        let record = UnsafeRawBufferPointer(rebasing: bytes[index...])
        let at = window.size - tail + Int64(index)
        let size = Int64(record.number(12, UInt32.self)), count = Int(record.number(10, UInt16.self))
        let disks = (record.number(4, UInt16.self), record.number(8, UInt16.self) == record.number(10, UInt16.self))
        let offset = Int64(record.number(16, UInt32.self))
        if let long = try findLongEnd(before: at) { return long }
        guard disks == (0, true) else {
            throw .unsupported(
                path: name, entry: nil, what: "it is one part of several", remedy: "pack it into one file: zip -s 0")
        }
        guard offset + size <= at else { throw damaged("its directory lies beyond its end") }
        return End(start: at - size, size: size, count: count, correction: at - size - offset)
    }

    private func findLongEnd(before end: Int64) throws(ArchiveError) -> End? {
        guard end >= 20, let locator = try bytes(20, at: end - 20), locator.number(0, UInt32.self) == 0x0706_4b50 else {
            return nil
        }
        guard let at = Int64(exactly: locator.number(8, UInt64.self)), let record = try bytes(56, at: at),
            record.number(0, UInt32.self) == 0x0606_4b50, let count = Int(exactly: record.number(32, UInt64.self)),
            let size = Int64(exactly: record.number(40, UInt64.self)),
            let start = Int64(exactly: record.number(48, UInt64.self)), start <= at, size <= at - start
        else { throw damaged("the zip64 record at its end is cut or overwritten") }
        return End(start: start, size: size, count: count, isLong: true)
    }

    // MARK: The entry that was given last

    /// The name of the entry that was given last, byte by byte.
    func entryName() throws(ArchiveError) -> PathBytes {
        let (head, name, extra) = try local()
        // Info-ZIP's Unicode path (4.6.9), behind a version and the checksum of the other name.
        var bytes = extra.field(0x7075).flatMap { $0.count > 5 ? Array($0.dropFirst(5)) : nil } ?? Array(name)
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        // Some that write for Windows separate by backslashes.
        if head[5] == 0, !bytes.contains(slash) { bytes = bytes.map { $0 == backslash ? slash : $0 } }
        return PathBytes(bytes)
    }

    /// What the entry that was given last is packed by, in words, when it is none of what every program knows.
    func unusualMethod() throws(ArchiveError) -> String? {
        switch try local().head.number(8, UInt16.self) {
        case 0, 8: nil
        case 9: "Deflate64"
        case let method: "the method \(method)"
        }
    }

    private func local() throws(ArchiveError) -> (
        head: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer, extra: UnsafeRawBufferPointer
    ) {
        let place = places[max(given, 1) - 1]
        guard let short = try bytes(30, at: place) else { throw damaged("an entry is cut off") }
        let (name, extra) = (Int(short.number(26, UInt16.self)), Int(short.number(28, UInt16.self)))
        guard let all = try bytes(30 + name + extra, at: place) else { throw damaged("an entry is cut off") }
        return (
            all, UnsafeRawBufferPointer(rebasing: all[30..<30 + name]),
            UnsafeRawBufferPointer(rebasing: all[(30 + name)...])
        )
    }

    private func bytes(_ count: Int, at offset: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer? {
        try onDisk { () throws(SystemCallError) in try window.bytes(count, at: offset) }
    }

    private func damaged(_ reason: String) -> ArchiveError { .damaged(path: name, entry: nil, reason: reason) }
}

extension UnsafeRawBufferPointer {
    /// A number as zips write them, the lowest byte first.
    fileprivate func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Number.Type) -> Number {
        loadUnaligned(fromByteOffset: offset, as: type).littleEndian
    }

    /// One of the fields that stand one behind the other, each behind its number and length.
    fileprivate func field(_ number: UInt16) -> UnsafeRawBufferPointer? {
        var offset = 0
        while offset + 4 <= count {
            let end = offset + 4 + Int(self.number(offset + 2, UInt16.self))
            guard end <= count else { return nil }
            if self.number(offset, UInt16.self) == number {
                return UnsafeRawBufferPointer(rebasing: self[(offset + 4)..<end])
            }
            offset = end
        }
        return nil
    }
}
