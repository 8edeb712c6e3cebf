using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Connections that do not wait for the disk at COMMIT (<c>synchronous_commit = off</c>): for work that is seen to be missing and done
/// again where a crash of the server has lost it, and for nothing else.
/// </summary>
public sealed class BackfillPool : IAsyncDisposable
{
    private const string Option = "-c synchronous_commit=off";
    private const string ProtocolViolation = "08P01";

    private BackfillPool(NpgsqlDataSource dataSource, bool waitsForDisk)
    {
        DataSource = dataSource;
        WaitsForDisk = waitsForDisk;
    }

    /// <summary>The connections.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>
    /// True where a pooler between did not take the setting: sessions then are as the server makes them, and transactions that set it for
    /// themselves (<c>SET LOCAL</c>) still do.
    /// </summary>
    public bool WaitsForDisk { get; }

    /// <summary>Connects; see <see cref="ConnectionSettings.ConnectAsync"/>.</summary>
    /// <param name="settings">How to reach the database.</param>
    /// <param name="limits">Limits where the address gives none; null for the defaults.</param>
    /// <param name="schema">The schema of tables that are named without one; null for the one that is found.</param>
    /// <param name="loggers">Where Npgsql logs; null for nowhere.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The pool; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">The server cannot be reached, or does not let the role in.</exception>
    /// <exception cref="ConnectionSettingsException">A session is not what the address asks for.</exception>
    public static async Task<BackfillPool> ConnectAsync(
        ConnectionSettings settings, PoolLimits? limits = null, string? schema = null, ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ConnectionSettings limited = settings.WithLimits(limits ?? new PoolLimits());
        try
        {
            NpgsqlDataSource fast =
                await limited.WithOption(Option).ConnectAsync(schema, loggers, cancellationToken).ConfigureAwait(false);
            return new BackfillPool(fast, waitsForDisk: false);
        }
        catch (Exception error) when (error is ConnectionSettingsException or DatabaseException { SqlState: ProtocolViolation })
        {
            // A pooler between refuses parameters of the start-up packet. Whatever else it was, is met again.
            return new BackfillPool(await limited.ConnectAsync(schema, loggers, cancellationToken).ConfigureAwait(false), waitsForDisk: true);
        }
    }

    /// <summary>Closes the connections.</summary>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
