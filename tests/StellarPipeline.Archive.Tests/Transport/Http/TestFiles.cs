using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Content and readers for tests of downloads.</summary>
internal static class TestFiles
{
    public const string Path = "ledger/00/00/00/ledger-0000003f.xdr.gz";

    /// <summary>Bytes that differ everywhere, so that a wrong place shows.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static HttpTransportOptions Options { get; } = new()
    {
        HeadersTimeout = TestClock.Long,
        StallTimeout = TestClock.Long,
        MaxAttempts = 5,
        MaxFirstAttempts = 3,
    };

    public static HttpTransport Transport(string url, TestClock? clock = null, HttpTransportOptions? options = null) =>
        new(url, options ?? Options, clock ?? new TestClock(), new Random(1));

    /// <summary>A transport that trusts one certificate which no authority has signed.</summary>
    public static HttpTransport TransportTrusting(X509Certificate2 certificate, string url)
    {
        SocketsHttpHandler handler = HttpRequester.MakeHandler(Options);
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString();
        return new HttpTransport(url, Options, new TestClock(), new Random(1), handler);
    }

    public static async Task<byte[]> ReadAsync(this IArchiveTransport transport, string path = Path, long offset = 0)
    {
        await using ArchiveObject file =
            await transport.OpenAsync(path, offset, Deadline.Token) ?? throw new InvalidOperationException($"There is no {path}.");
        byte[] content = await file.Content.ReadToEndAsync();
        if (file.LengthBytes is { } length)
            Assert.Equal(length, content.Length);
        return content;
    }

    public static async Task<byte[]> ReadToEndAsync(this Stream stream, int blockBytes = 5000)
    {
        using var content = new MemoryStream();
        byte[] block = new byte[blockBytes];
        CancellationToken deadline = Deadline.Token;
        int count;
        while ((count = await stream.ReadAsync(block, deadline)) > 0)
            content.Write(block, 0, count);
        return content.ToArray();
    }

    public static Task<ArchiveException> ReadErrorAsync(this IArchiveTransport transport, string path = Path, long offset = 0) =>
        Assert.ThrowsAsync<ArchiveException>(() => transport.ReadAsync(path, offset));

    public static X509Certificate2 SelfSigned(string name = "127.0.0.1", DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate =
            request.CreateSelfSigned(from ?? DateTimeOffset.UtcNow.AddDays(-1), until ?? DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
