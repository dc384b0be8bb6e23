import Glibc
import Platform

/// Reads the given bytes as JSON and checks what is promised, whatever the bytes are.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAnything(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
        if let broken = try JSONPromises.broken(by: input, file: "/dev/shm/host-bootstrap-json-\(getpid())") {
            fatalError(broken)
        }
    } catch {
        fatalError("\(error)")
    }
    return 0
}
