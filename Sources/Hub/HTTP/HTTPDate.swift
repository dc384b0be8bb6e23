internal import Platform

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), whole seconds.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(seconds: Int64) -> String {
        // "2026-03-01T12:00:00.000Z" holds the parts at fixed places.
        let iso = Array(Timestamp(milliseconds: seconds * 1000).rfc3339)
        let month = Int(String(iso[5...6])) ?? 1
        let day = days[Int((seconds / 86400) % 7 + 7) % 7]
        return "\(day), \(String(iso[8...9])) \(months[month - 1]) \(String(iso[0...3])) \(String(iso[11...18])) GMT"
    }
}
