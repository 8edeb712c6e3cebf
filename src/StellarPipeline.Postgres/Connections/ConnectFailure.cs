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

    /// <summary>Whether Npgsql could not read a file of certificates.</summary>
    public static bool IsOfFiles(Exception error) =>
        error is CryptographicException or UnauthorizedAccessException or AuthenticationException;

    /// <summary>Describes a failure in full sentences.</summary>
    /// <param name="dataSource">The target of the connection.</param>
    /// <param name="error">What Npgsql threw.</param>
    /// <param name="cancellationToken">Ends the check of the server's certificate or of the addresses of its name.</param>
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
                    return $"No answer within {settings.Timeout} s (connect_timeout, Timeout). The address may be wrong, or a firewall on "
                        + $"the way drops what is sent.{await TriedAsync(settings, limit.Token).ConfigureAwait(false)}";
                case FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException:
                    return $"A file of certificates or keys cannot be read: {DatabaseThrow.Sentence(cause.Message)} Correct the name or "
                        + $"its rights (sslrootcert, sslcert, sslkey, or root.crt and postgresql.crt in ~/.postgresql).";
                case CryptographicException:
                    return $"A file of certificates or keys ({Files(settings)}) cannot be understood: "
                        + $"{DatabaseThrow.Sentence(cause.Message)} Give certificates and keys in PEM form, and the key's password in "
                        + $"sslpassword.";
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
            return $"{both} The server requires a password for {settings.Username ?? "this user"}: give one by PGPASSWORD or a password "
                + $"file (~/.pgpass, passfile).";
        }

        if (both.Contains("SSL connection requested", StringComparison.OrdinalIgnoreCase))
        {
            return $"The server does not speak TLS on this port, but the address requires it (sslmode={settings.SslMode}). Switch it on "
                + $"(ssl = on in postgresql.conf), or choose another sslmode if the network is trusted.";
        }

        if (both.Contains("No suitable host", StringComparison.OrdinalIgnoreCase))
        {
            return $"None of the hosts that can be reached is what target_session_attrs ({settings.TargetSessionAttributes}) asks for. "
                + $"Name one that is.";
        }

        return root is EndOfStreamException or IOException
            ? $"{both} Something answered and closed the connection: does PostgreSQL listen there, and does it speak TLS as the address "
                + $"says? See the server's log."
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
            SocketError.ConnectionRefused when isSocket => $"No server listens on the socket in {settings.Host} any more. Start it.",
            SocketError.ConnectionRefused =>
                $"Nothing listens on port {settings.Port} of {settings.Host}, or a firewall refuses it. Check the port, that the server "
                    + $"runs, and its listen_addresses.",
            SocketError.TimedOut =>
                $"{settings.Host} does not answer on port {settings.Port}. The address may be wrong, or a firewall drops what is sent.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
                $"There is no way to {settings.Host} from here: {DatabaseThrow.Sentence(message)} Check the network.",
            SocketError.AccessDenied =>
                $"This user may not use {(isSocket ? $"the socket in {settings.Host}" : settings.Host)}: {DatabaseThrow.Sentence(message)}",
            _ when isSocket =>
                $"There is no socket of a server for port {settings.Port} in {settings.Host}: {DatabaseThrow.Sentence(message)} Check the "
                    + $"folder and the port, and that the server runs.",
            _ => $"{DatabaseThrow.Sentence(message)} Check the network and the server's log, then run again.",
        };
    }

    /// <summary>The addresses of the host's name, each of which Npgsql has tried in turn with an equal share of the time.</summary>
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
                // The name cannot be looked up, which the failure itself says.
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
            ?? $"{handshake} Check that both sides allow a common version of TLS (ssl_min_protocol_version), and the client certificate "
                + $"where the server requires one (sslcert, sslkey).";
    }

    private static string Files(NpgsqlConnectionStringBuilder settings)
    {
        string[] named =
            [.. new[] { settings.RootCertificate, settings.SslCertificate, settings.SslKey }.OfType<string>().Where(
                file => file.Length > 0)];
        return named.Length == 0 ? "of ~/.postgresql" : string.Join(", ", named);
    }
}
