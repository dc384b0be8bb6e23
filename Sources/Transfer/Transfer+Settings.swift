import CCurl
internal import Glibc
import Platform

/// What libcurl is told before it begins.
extension Transfer {
    func configure(_ curl: UnsafeMutableRawPointer, _ url: SourceURL, _ proxy: ProxyAddress?) {
        curl_set_string(curl, CURLOPT_URL, url.text)
        curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, 15)
        // Redirects are followed here, address by address: libcurl would send a header on to any host.
        curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0)
        curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "https,http,file")
        // The headers of a proxy are not the server's.
        curl_set_long(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // An empty one keeps libcurl from reading the environment itself. User and password go beside the address: they
        // cannot get into a message then.
        curl_set_string(curl, CURLOPT_PROXY, proxy?.description ?? "")
        curl_set_string(curl, CURLOPT_NOPROXY, "")
        if let credentials = proxy?.credentials { curl_set_string(curl, CURLOPT_PROXYUSERPWD, credentials) }
        curl_set_string(curl, CURLOPT_USERAGENT, "host-bootstrap")
        // As much as libcurl takes: one piece costs a call of the sink, a write and a wake-up.
        curl_set_long(curl, CURLOPT_BUFFERSIZE, 1 << 19)
        // Archives must arrive as they were hashed: asked for as they are, and never decoded.
        curl_set_string(curl, CURLOPT_ACCEPT_ENCODING, nil)
        // A mere range: libcurl's own way to go on takes an error's page for an answer without ranges.
        if request.offset > 0 { curl_set_string(curl, CURLOPT_RANGE, "\(request.offset)-") }
        if request.headOnly { curl_set_long(curl, CURLOPT_NOBODY, 1) }
        if request.isPut { curl_set_string(curl, CURLOPT_CUSTOMREQUEST, "PUT") }
        configureTLS(curl)
    }

    private func configureTLS(_ curl: UnsafeMutableRawPointer) {
        curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        guard let certificate = request.tls.clientCertificate else { return }
        curl_set_string(curl, CURLOPT_SSLCERT, certificate)
        curl_set_string(curl, CURLOPT_SSLKEY, request.tls.clientKey ?? certificate)
        // A key with a passphrase is refused; OpenSSL would ask the terminal for it.
        curl_set_string(curl, CURLOPT_KEYPASSWD, "")
    }

    func configureCallbacks(_ curl: UnsafeMutableRawPointer) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(curl, CURLOPT_WRITEDATA, me)
        curl_set_sink(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(piece) ? size * count : 0
        }
        curl_set_pointer(curl, CURLOPT_HEADERDATA, me)
        curl_set_sink(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
            Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line)
            return size * count
        }
        curl_set_pointer(curl, CURLOPT_XFERINFODATA, me)
        curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
        curl_set_progress(curl) { context, _, received, _, sent in
            guard let context else { return 1 }
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().goesOn(Int64(received + sent)) ? 0 : 1
        }
    }

    func withAuthorities(_ curl: UnsafeMutableRawPointer, _ body: () -> CURLcode) -> CURLcode {
        guard !request.authorities.isEmpty else { return body() }
        return request.authorities.withUnsafeBytes { bytes in
            var blob = curl_blob(
                data: UnsafeMutableRawPointer(mutating: bytes.baseAddress), len: bytes.count, flags: 0)
            return withUnsafeMutablePointer(to: &blob) { blob in
                curl_set_pointer(curl, CURLOPT_CAINFO_BLOB, blob)
                curl_set_pointer(curl, CURLOPT_PROXY_CAINFO_BLOB, blob)
                return body()
            }
        }
    }

    func withBody(_ curl: UnsafeMutableRawPointer, _ body: () -> CURLcode) -> CURLcode {
        guard let bytes = request.body else { return body() }
        return bytes.withUnsafeBytes { bytes in
            curl_set_long(curl, CURLOPT_POST, 1)
            curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            curl_set_pointer(curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return body()
        }
    }
}
