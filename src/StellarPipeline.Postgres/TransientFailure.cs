using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres;

/// <summary>Tells the failures of a database that pass by themselves from those that would come back.</summary>
/// <remarks>
/// What the server reports is looked up in <see cref="SqlStateClass"/>. Broken and refused connections, and time-outs of the network, pass;
/// names that do not exist, refused log-ins and TLS that does not come about are mistakes in the settings.
/// </remarks>
internal static class TransientFailure
{
    /// <summary>Whether a whole new load is worth a try after this error.</summary>
    /// <param name="error">What ended the load.</param>
    /// <returns>
    /// False for anything that is not the database's doing, and for a COMMIT whose outcome is unknown: that load may be complete.
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
                    // InvalidOperationException: a statement found the connection broken by the one before it.
                    return true;
                case IOException when cause.InnerException is null:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether an error is what opening a connection throws when it fails.</summary>
    /// <param name="error">What was thrown. Npgsql does not wrap all of it: a name server that does not answer gives a bare
    /// <see cref="TimeoutException"/>.</param>
    /// <returns>False for cancellations and bugs.</returns>
    public static bool IsOfConnecting(Exception error) => error is NpgsqlException or TimeoutException or IOException or SocketException;

    /// <summary>Whether the state that the server gave its error passes by itself.</summary>
    /// <param name="sqlState">Five characters.</param>
    /// <returns>What <see cref="SqlStateClass"/> says.</returns>
    public static bool IsTransientState(string sqlState)
    {
        return SqlStateClass.Of(sqlState) is { Passes: true };
    }

    // A name that does not exist, or an address that may not be used, is a mistake in the settings.
    private static bool IsTransient(SocketException error) =>
        error.SocketErrorCode is not (SocketError.HostNotFound or SocketError.NoData or SocketError.AccessDenied
            or SocketError.AddressFamilyNotSupported);
}
