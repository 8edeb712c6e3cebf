using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Describes why a connection failed: what happened, where, and what to do.</summary>
internal static class ConnectFailure
{
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether the error concerns a certificate or key file, or the TLS handshake.</summary>
    public static bool IsOfFiles(Exception error) =>
        error is CryptographicException or UnauthorizedAccessException or AuthenticationException;

    /// <summary>Describes a failure in full sentences.</summary>
    /// <param name="dataSource">The target of the connection.</param>
    /// <param name="error">The exception of Npgsql.</param>
    /// <param name="cancellationToken">Ends the check of the server's certificate and the look-up of its addresses.</param>
    public static async Task<string> DescribeAsync(NpgsqlDataSource dataSource, Exception error, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        TransportSettings transport = SessionDemands.Of(dataSource).Transport;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LookLimit);
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException:
                    return DatabaseThrow.Cause(cause);
                case AuthenticationException:
                    return await DescribeTlsAsync(settings, transport, cause, limit.Token).ConfigureAwait(false);
                case SocketException socket:
                    return $"{Network(settings, socket.SocketErrorCode, socket.Message)}"
                        + $"{await TriedAsync(settings, limit.Token).ConfigureAwait(false)}";
                case TimeoutException:
                    return $"No answer within {settings.Timeout} s (connect_timeout, Timeout). The address may be wrong, or a firewall "
                        + $"drops the packets.{await TriedAsync(settings, limit.Token).ConfigureAwait(false)}";
                case FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException:
                    return $"A certificate or key file cannot be read: {DatabaseThrow.Sentence(cause.Message)} Correct its name or "
                        + $"permissions (sslrootcert, sslcert, sslkey, or root.crt and postgresql.crt in ~/.postgresql).";
                case CryptographicException:
                    return $"A certificate or key file ({Files(settings)}) is not valid: "
                        + $"{DatabaseThrow.Sentence(cause.Message)} Use certificates and keys in PEM form, and give the key's password "
                        + $"in sslpassword.";
            }
        }

        return Npgsql(settings, error);
    }

    private static string Npgsql(NpgsqlConnectionStringBuilder settings, Exception error)
    {
        Exception root = error.GetBaseException();
        string both = ReferenceEquals(root, error)
            ? DatabaseThrow.Sentence(error.Message)
            : $"{DatabaseThrow.Sentence(error.Message)} {DatabaseThrow.Sentence(root.Message)}";
        if (both.Contains("No password", StringComparison.OrdinalIgnoreCase))
        {
            return $"{both} The server requires a password for {settings.Username ?? "this user"}: set PGPASSWORD, or use a password "
                + $"file (~/.pgpass, passfile).";
        }

        if (both.Contains("SSL connection requested", StringComparison.OrdinalIgnoreCase))
        {
            return $"The server does not speak TLS on this port, but the address requires it (sslmode={settings.SslMode}). Switch it on "
                + $"(ssl = on in postgresql.conf), or choose another sslmode if the network is trusted.";
        }

        if (both.Contains("No suitable host", StringComparison.OrdinalIgnoreCase))
        {
            return $"None of the reachable hosts is as target_session_attrs ({settings.TargetSessionAttributes}) requires. Name a host "
                + $"that is.";
        }

        return root is EndOfStreamException or IOException
            ? $"{both} The other side accepted and then closed the connection. Check that PostgreSQL listens on this port, and that it "
                + $"uses TLS as the address says. See the server's log."
            : $"{both} Check the address, the network and the server's log.";
    }

    private static string Network(NpgsqlConnectionStringBuilder settings, SocketError code, string message)
    {
        bool isSocket = ConnectionSettings.IsUnixSocket(settings.Host ?? "");
        return code switch
        {
            SocketError.HostNotFound or SocketError.NoData => $"The name {settings.Host} does not exist (DNS). Check its spelling.",
            SocketError.TryAgain or SocketError.NoRecovery =>
                $"The name {settings.Host} could not be looked up: the name server does not answer. Check the network, or give an address "
                    + $"(hostaddr).",
            SocketError.ConnectionRefused when isSocket =>
                $"The socket in {settings.Host} exists, but no server listens on it. Start the server.",
            SocketError.ConnectionRefused =>
                $"Nothing listens on port {settings.Port} of {settings.Host}, or a firewall rejects connections. Check the port, that the "
                    + $"server runs, and its listen_addresses.",
            SocketError.TimedOut =>
                $"{settings.Host} does not answer on port {settings.Port}. The address may be wrong, or a firewall drops the packets.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
                $"There is no route to {settings.Host}: {DatabaseThrow.Sentence(message)} Check the network.",
            SocketError.AccessDenied =>
                $"This user may not use {(isSocket ? $"the socket in {settings.Host}" : settings.Host)}: {DatabaseThrow.Sentence(message)}",
            _ when isSocket =>
                $"{settings.Host} contains no server socket for port {settings.Port}: {DatabaseThrow.Sentence(message)} Check the folder "
                    + $"and the port, and that the server runs.",
            _ => $"{DatabaseThrow.Sentence(message)} Check the network and the server's log, then run again.",
        };
    }

    /// <summary>The addresses of the host names. Npgsql has tried each in turn, with an equal share of the time-out.</summary>
    private static async Task<string> TriedAsync(NpgsqlConnectionStringBuilder settings, CancellationToken cancellationToken)
    {
        var tried = new List<string>();
        foreach (string part in (settings.Host ?? "").Split(','))
        {
            string host = part.Split(':')[0];
            if (ConnectionSettings.IsUnixSocket(part) || host.Length == 0 || IPAddress.TryParse(part, out _))
                continue;
            try
            {
                tried.AddRange((await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false)).Select(
                    address => $"{address} ({host})"));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ArgumentException)
            {
                // The name cannot be looked up; the error says so itself.
            }
        }

        return tried.Count == 0 ? "" : $" Tried: {string.Join(", ", tried)}.";
    }

    private static async Task<string> DescribeTlsAsync(
        NpgsqlConnectionStringBuilder settings, TransportSettings transport, Exception cause, CancellationToken cancellationToken)
    {
        Exception root = cause.GetBaseException();
        string handshake =
            $"The TLS handshake failed: "
                + $"{DatabaseThrow.Sentence(cause.Message)}"
                + $"{(ReferenceEquals(root, cause) ? "" : " " + DatabaseThrow.Sentence(root.Message))}";
        string? certificate = await TlsDiagnosis.DescribeAsync(settings, transport, cancellationToken).ConfigureAwait(false);
        return certificate
            ?? $"{handshake} Check that both sides allow a common version of TLS (ssl_min_protocol_version). If the server requires a "
                + $"client certificate, check sslcert and sslkey.";
    }

    private static string Files(NpgsqlConnectionStringBuilder settings)
    {
        string[] named =
            [.. new[] { settings.RootCertificate, settings.SslCertificate, settings.SslKey }.OfType<string>().Where(
                file => file.Length > 0)];
        return named.Length == 0 ? "of ~/.postgresql" : string.Join(", ", named);
    }
}
