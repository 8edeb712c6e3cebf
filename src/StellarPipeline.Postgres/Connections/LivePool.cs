using Microsoft.Extensions.Logging;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// Connections on which COMMIT means what the server's own settings say: for writers whose rows must not be lost. A
/// <see cref="BackfillPool"/> is another type, so that it cannot be given to one of them.
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
    /// <param name="limits">Limits where the address gives none; null for the defaults.</param>
    /// <param name="schema">The schema of tables that are named without one; null for the one that is found.</param>
    /// <param name="loggers">Where Npgsql logs; null for nowhere.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The pool; the caller disposes it.</returns>
    /// <exception cref="DatabaseException">The server cannot be reached, or does not let the role in.</exception>
    /// <exception cref="ConnectionSettingsException">A session is not what the address asks for.</exception>
    public static async Task<LivePool> ConnectAsync(
        ConnectionSettings settings, PoolLimits? limits = null, string? schema = null, ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        NpgsqlDataSource dataSource = await settings.WithLimits(limits ?? new PoolLimits())
            .ConnectAsync(schema, loggers, cancellationToken).ConfigureAwait(false);
        return new LivePool(dataSource, isOwner: true);
    }

    /// <summary>Takes a data source of the caller's.</summary>
    /// <param name="dataSource">Connections with full durability; they stay the caller's.</param>
    /// <returns>The pool.</returns>
    public static LivePool Of(NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return new LivePool(dataSource, isOwner: false);
    }

    /// <summary>Closes the connections, unless they are the caller's.</summary>
    public ValueTask DisposeAsync() => isOwner ? DataSource.DisposeAsync() : ValueTask.CompletedTask;
}
