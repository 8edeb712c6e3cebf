using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres;

/// <summary>Distinguishes transient failures of a database from permanent ones.</summary>
/// <remarks>
/// Errors that the server reports are looked up in <see cref="SqlStateClass"/>. Broken and refused connections and network time-outs are
/// transient. Names that do not exist, refused log-ins and failed TLS handshakes are mistakes in the settings.
/// </remarks>
internal static class TransientFailure
{
    /// <summary>Whether the whole load should be tried again after this error.</summary>
    /// <param name="error">What ended the load.</param>
    /// <returns>
    /// False for errors that do not come from the database, and for a COMMIT with unknown outcome: that load may be complete.
    /// </returns>
    public static bool Is(Exception? error)
    {
        if (error is PipelineException { Kind: not FailureKind.Database } or DatabaseException { OutcomeIsUnknown: true }) return false;
        bool isDatabase = false;
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            isDatabase |= cause is PipelineException or NpgsqlException;
            if (!isDatabase) return false;
            switch (cause)
            {
                case PostgresException server:
                    return IsTransientState(server.SqlState);
                case SocketException socket:
                    return IsTransient(socket);
                case AuthenticationException or OperationCanceledException:
                    return false;
                case TimeoutException or InvalidOperationException:
                    // InvalidOperationException: the connection was broken by an earlier statement.
                    return true;
                case IOException when cause.InnerException is null:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether opening a connection throws this type of error when it fails.</summary>
    /// <param name="error">The error. Npgsql does not wrap all errors: if the name server does not answer, it throws a plain
    /// <see cref="TimeoutException"/>.</param>
    /// <returns>False for cancellations and bugs.</returns>
    public static bool IsOfConnecting(Exception error) => error is NpgsqlException or TimeoutException or IOException or SocketException;

    /// <summary>Whether a SQLSTATE stands for a transient error.</summary>
    /// <param name="sqlState">Five characters.</param>
    /// <returns>The answer of <see cref="SqlStateClass"/>.</returns>
    public static bool IsTransientState(string sqlState)
    {
        return SqlStateClass.Of(sqlState) is { Passes: true };
    }

    // A name that does not exist, or an address that may not be used, is a mistake in the settings.
    private static bool IsTransient(SocketException error) =>
        error.SocketErrorCode is not (SocketError.HostNotFound or SocketError.NoData or SocketError.AccessDenied
            or SocketError.AddressFamilyNotSupported);
}
