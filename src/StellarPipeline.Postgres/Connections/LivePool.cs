using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Connections whose COMMIT has the durability of the server's settings, for writers whose rows must not be lost. It is a different type
/// than <see cref="BackfillPool"/>, so that the two cannot be confused.
/// </summary>
public sealed class LivePool : IAsyncDisposable
{
    private readonly bool isOwner;

    private LivePool(NpgsqlDataSource dataSource, bool isOwner)
    {
        DataSource = dataSource;
        this.isOwner = isOwner;
    }

    /// <summary>The connections.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Connects; see <see cref="ConnectionSettings.ConnectAsync"/>.</summary>
    /// <param name="settings">How to reach the database.</param>
    /// <param name="limits">Limits, where the address sets none; null for the defaults.</param>
    /// <param name="schema">The schema of tables named without one; null for the first existing one of the search path.</param>
    /// <param name="loggers">Receives Npgsql's log; null for no logging.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The pool; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">The server cannot be reached, or does not let the role in.</exception>
    /// <exception cref="ConnectionSettingsException">A session does not have a setting that the address requires.</exception>
    public static async Task<LivePool> ConnectAsync(
        ConnectionSettings settings, PoolLimits? limits = null, string? schema = null, ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        NpgsqlDataSource dataSource = await settings.WithLimits(limits ?? new PoolLimits())
            .ConnectAsync(schema, loggers, cancellationToken).ConfigureAwait(false);
        return new LivePool(dataSource, isOwner: true);
    }

    /// <summary>Makes a pool from the caller's data source.</summary>
    /// <param name="dataSource">Connections with full durability; the caller disposes them.</param>
    /// <returns>The pool.</returns>
    public static LivePool Of(NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return new LivePool(dataSource, isOwner: false);
    }

    /// <summary>Closes the connections, unless they belong to the caller.</summary>
    public ValueTask DisposeAsync() => isOwner ? DataSource.DisposeAsync() : ValueTask.CompletedTask;
}
