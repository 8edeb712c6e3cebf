using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Examines the certificate that made a connection fail: whose it is, who signed it, and which check it fails. Apart from the TLS
/// handshake, only an SSLRequest is sent.
/// </summary>
/// <remarks>Format: PostgreSQL manual, "Message Formats", SSLRequest; the answer is one byte, S for yes.</remarks>
internal static class TlsDiagnosis
{
    private const int SslRequestCode = 80877103;

    /// <summary>
    /// Says what is wrong with the certificate and what to do; null if it cannot be examined, or if nothing is wrong with it.
    /// </summary>
    public static async Task<string?> DescribeAsync(
        NpgsqlConnectionStringBuilder settings, TransportSettings transport, CancellationToken cancellationToken)
    {
        string host = settings.Host!.Split(',')[0];
        int port = settings.Port;
        if (settings.Host.Contains(',', StringComparison.Ordinal) && host.LastIndexOf(':') is > 0 and var colon
            && int.TryParse(host[(colon + 1)..], out int own))
        {
            (host, port) = (host[..colon].Trim('[', ']'), own);
        }

        if (ConnectionSettings.IsUnixSocket(host))
            return null;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            NetworkStream stream = client.GetStream();
            if (settings.SslNegotiation != SslNegotiation.Direct && !await IsAcceptedAsync(stream, cancellationToken).ConfigureAwait(false))
                return null;
            string? finding = null;
            string name = transport.NameOf(host);
            using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
#pragma warning disable CA5359 // Every certificate is accepted, only to examine it; the connection is closed after the handshake.
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = name,
                ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                {
                    finding =
                        certificate is null ? null : Describe(settings, transport, name, new X509Certificate2(certificate), chain, errors);
                    return true;
                },
            };
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return finding;
        }
        catch (Exception error)
            when (error is IOException or SocketException or AuthenticationException or OperationCanceledException
                or CryptographicException)
        {
            return null;
        }
    }

    private static async Task<bool> IsAcceptedAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] request = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(request, request.Length);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(4), SslRequestCode);
        await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] answer = new byte[1];
        return await stream.ReadAsync(answer, cancellationToken).ConfigureAwait(false) == 1 && answer[0] == (byte)'S';
    }

    private static string? Describe(NpgsqlConnectionStringBuilder settings, TransportSettings transport, string name,
        X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string shown =
            $"The server {name} presents a certificate for {Names(certificate)}, signed by "
                + $"{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}";
        if (Validity(certificate) is { } validity)
            return $"{shown}, which {validity}. The server needs a new certificate, or the clock of this machine is wrong.";
        (string authorities, bool isTrusted) = CheckChain(settings, transport, certificate, chain, errors);
        if (!isTrusted)
        {
            return $"{shown}. No authority of {authorities} has signed it. Name the file with the certificate of the authority that did "
                + $"(sslrootcert), or have the server's certificate signed by a known one.";
        }

        if (settings.SslMode == SslMode.VerifyFull && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"{shown}; it is not for {name}, which sslmode=verify-full requires. Connect by a name of the certificate, or install "
                + $"one for {name} on the server.";
        }

        return null;
    }

    private static (string Authorities, bool IsTrusted) CheckChain(
        NpgsqlConnectionStringBuilder settings, TransportSettings transport, X509Certificate2 certificate, X509Chain? shown,
        SslPolicyErrors errors)
    {
        if (transport.UsesPlatformStore || (transport.AuthoritiesFile ?? RootCertificates.FileOf(settings)) is not { } file)
            return ("the platform's store", !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors));
        X509Certificate2Collection authorities = RootCertificates.Load(file);
        string subjects = string.Join(", ", authorities.Select(root => root.GetNameInfo(X509NameType.SimpleName, forIssuer: false)));
        return ($"{file} ({subjects})", RootCertificates.HasSigned(authorities, certificate, shown));
    }

    private static string? Validity(X509Certificate2 certificate)
    {
        DateTime now = DateTimeOffset.UtcNow.UtcDateTime;
        DateTime first = certificate.NotBefore.ToUniversalTime();
        DateTime last = certificate.NotAfter.ToUniversalTime();
        return now > last ? FormattableString.Invariant($"expired on {last:yyyy-MM-dd}")
            : now < first ? FormattableString.Invariant($"is valid only from {first:yyyy-MM-dd}")
            : null;
    }

    private static string Names(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? alternatives =
            certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] names = [.. alternatives?.EnumerateDnsNames() ?? [],
            .. alternatives?.EnumerateIPAddresses().Select(address => address.ToString()) ?? []];
        return names.Length > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }
}
