using Npgsql;
using StellarPipeline.LoadTest.Measuring;
using StellarPipeline.LoadTest.Server;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>A layer that fills the tables of a new database; what it left there is checked afterwards, untimed.</summary>
internal abstract class DatabaseLayer : Layer
{
    /// <summary>The same rows through the server's own COPY from files: what every other way of loading them is compared with.</summary>
    public const string CeilingName = "copy-server";

    public override string? Ceiling => Name == CeilingName ? null : CeilingName;

    /// <summary>Whether all keys and indexes are there again after the load.</summary>
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
                throw LoadTestException.Failed($"After layer {Name}, keys or indexes of the tables are not what they were before it.");
        }

        await context.Server.DropDatabaseAsync(cancellationToken);
        return measured;
    }

    /// <summary>Untimed work on the empty tables.</summary>
    protected virtual Task PrepareAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <summary>The timed work.</summary>
    protected abstract Task<Measurement> LoadAsync(LayerContext context, NpgsqlDataSource connections, CancellationToken cancellationToken);
}
