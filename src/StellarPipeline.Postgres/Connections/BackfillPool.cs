using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Connections that do not wait for the disk at COMMIT (<c>synchronous_commit = off</c>). Use them only for work that is detected as
/// missing and repeated if a crash of the server has lost it.
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
    /// True if a pooler did not accept the setting: sessions then have the server's setting, unless a transaction sets it itself
    /// (<c>SET LOCAL</c>).
    /// </summary>
    public bool WaitsForDisk { get; }

    /// <summary>Connects; see <see cref="ConnectionSettings.ConnectAsync"/>.</summary>
    /// <param name="settings">How to reach the database.</param>
    /// <param name="limits">Limits, where the address sets none; null for the defaults.</param>
    /// <param name="schema">The schema of tables named without one; null for the first existing one of the search path.</param>
    /// <param name="loggers">Receives Npgsql's log; null for no logging.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The pool; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">The server cannot be reached, or does not let the role in.</exception>
    /// <exception cref="ConnectionSettingsException">A session does not have a setting that the address requires.</exception>
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
            // A pooler refuses parameters of the startup packet. Any other error will occur again.
            return new BackfillPool(
                await limited.ConnectAsync(schema, loggers, cancellationToken).ConfigureAwait(false), waitsForDisk: true);
        }
    }

    /// <summary>Closes the connections.</summary>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
