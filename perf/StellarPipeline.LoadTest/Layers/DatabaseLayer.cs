using Npgsql;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Server;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>A layer that fills the tables of its own database; the tables are checked afterwards, untimed.</summary>
internal abstract class DatabaseLayer : Layer
{
    /// <summary>The server's own COPY of the same rows from files, with which all other loads are compared.</summary>
    public const string CeilingName = "copy-server";

    public override string? Ceiling => Name == CeilingName ? null : CeilingName;

    /// <summary>Whether all keys and indexes must exist after the load.</summary>
    protected virtual bool KeepsKeys => true;

    public sealed override async Task<Measurement> MeasureAsync(LayerContext context, CancellationToken cancellationToken)
    {
        Measurement measured;
        await using (NpgsqlDataSource connections = await context.Server.NewDatabaseAsync(cancellationToken))
        {
            TableKeys keys = await TableKeys.ReadAsync(connections, cancellationToken);
            await PrepareAsync(context, connections, cancellationToken);
            await context.Server.EndSessionsAsync(connections, cancellationToken);
            double? cpu = context.Server.SessionCpuSeconds();
            long wal = await context.Server.WalPositionAsync(cancellationToken);
            measured = await LoadAsync(context, connections, cancellationToken);
            wal = await context.Server.WalPositionAsync(cancellationToken) - wal;
            await context.Server.EndSessionsAsync(connections, cancellationToken);
            measured = measured with { WalBytes = wal, ServerCpuSeconds = context.Server.SessionCpuSeconds() - cpu };
            await context.Verifier.VerifyAsync(Name, connections, cancellationToken);
            if (KeepsKeys && !keys.IsSameAs(await TableKeys.ReadAsync(connections, cancellationToken)))
                throw LoadTestException.Failed($"After layer {Name}, the tables do not have the same keys and indexes as before.");
        }

        await context.Server.DropDatabaseAsync(cancellationToken);
        return measured;
    }

    /// <summary>Prepares the empty tables, untimed.</summary>
    protected virtual Task PrepareAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <summary>The timed work.</summary>
    protected abstract Task<Measurement> LoadAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken);
}
