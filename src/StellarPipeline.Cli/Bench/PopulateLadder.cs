using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Cli.Bench;

/// <summary>The rungs of <c>populate</c>: each adds one part of the job; the last ones run the whole job in several ways.</summary>
/// <param name="Folder">The archive.</param>
/// <param name="NewSchemaAsync">Makes an empty schema.</param>
internal sealed record PopulateLadder(string Folder, Func<CancellationToken, Task<BenchSchema>> NewSchemaAsync)
{
    private const int BlockBytes = 256 * 1024;

    // A referenced table can be set UNLOGGED only after all tables that refer to it.
    private const string Unlogged =
        """
        SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname NOT LIKE '%migrations'
        ORDER BY EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid),
          NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = c.oid)
        """;

    /// <summary>Entries of the checkpoint; known after <see cref="PrepareAsync"/>.</summary>
    public long Entries { get; private set; }

    /// <summary>Counts the entries, which also reads the files into memory.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) => (Entries, _) = await MergeAsync(cancellationToken);

    /// <summary>The rungs.</summary>
    public IReadOnlyList<BenchRung> Rungs() =>
    [
        BenchLadder.Client("fetch", "the stored bucket files, read to their ends", FetchAsync),
        BenchLadder.Client("decompress", "gunzip, one bucket at a time, on one thread", DecompressAsync),
        BenchLadder.Client("merge", "hashes, records, and every live entry once, in key order", MergeAsync),
        BenchLadder.Client("project", "decode, classify and encode; the rows are dropped", ProjectAsync),
        Job("unlogged", "the whole job, without write-ahead log", IndexRebuild.Never, isUnlogged: true),
        Job("plain", "the write-ahead log", IndexRebuild.Never, isUnlogged: false),
        Job("plain, keys built afterwards", "primary keys and indexes built after the rows", IndexRebuild.Always, isUnlogged: false),
    ];

    private BenchRung Job(string name, string adds, IndexRebuild rebuild, bool isUnlogged) => new(
        name, adds, IsServer: true, async token =>
        {
            await using BenchSchema schema = await NewSchemaAsync(token);
            await new MigrationRunner(
                schema.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync(null, token);
            if (isUnlogged)
            {
                foreach (string table in await schema.NamesAsync(Unlogged, token))
                    await schema.ExecuteAsync($"ALTER TABLE {table} SET UNLOGGED", token);
            }

            return await BenchLadder.TimeAsync(() => LoadAsync(schema.DataSource, rebuild, token));
        });

    private async Task<(long, long)> FetchAsync(CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        await EachBucketAsync(async (transport, bucket) =>
        {
            await using ArchiveObject file = (await transport.OpenAsync(ArchivePath.Bucket(bucket.Hash), 0, cancellationToken))!;
            while (await file.Content.ReadAsync(block, cancellationToken) > 0)
            {
                // Read and dropped.
            }
        }, cancellationToken);
        ArrayPool<byte>.Shared.Return(block);
        return (Entries, 0);
    }

    private async Task<(long, long)> DecompressAsync(CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        await EachBucketAsync(async (transport, bucket) =>
        {
            ArchiveObject file = (await transport.OpenAsync(ArchivePath.Bucket(bucket.Hash), 0, cancellationToken))!;
            await using var reader = new GunzipReader(file, bucket.FileName, ArrayPool<byte>.Shared);
            while (await reader.ReadAsync(block, cancellationToken) > 0)
            {
                // Read and dropped.
            }
        }, cancellationToken);
        ArrayPool<byte>.Shared.Return(block);
        return (Entries, 0);
    }

    private async Task<(long, long)> MergeAsync(CancellationToken cancellationToken)
    {
        long entries = 0;
        (CheckpointEntrySource source, _) = await OpenAsync(cancellationToken);
        await source.ReadAsync((chunk, _) =>
        {
            entries += chunk.EntryCount;
            chunk.Dispose();
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return (entries, 0);
    }

    private async Task<(long, long)> ProjectAsync(CancellationToken cancellationToken)
    {
        (CheckpointEntrySource source, CheckpointProof proof) = await OpenAsync(cancellationToken);
        var options = new PopulateOptions();
        var pages = new PagePool();
        using var projection = new WalletProjection(proof.Checkpoint, StellarNetwork.Parse(proof.NetworkPassphrase!), pages);

        // Nothing here returns bytes to the budget.
        using var pipeline = new EntryPipeline(source, [projection], pages, new ByteBudget(long.MaxValue), options);
        var sink = new PageSink(null, null);
        await pipeline.RunAsync(sink, Task.CompletedTask, NullLogger.Instance, cancellationToken);
        await sink.EndAsync(projection.Tables);
        return (pipeline.Entries, sink.Rows);
    }

    private async Task<(long, long)> LoadAsync(NpgsqlDataSource database, IndexRebuild rebuild, CancellationToken cancellationToken)
    {
        await using Archives.OpenedArchive archive = OpenedArchive();
        (_, CheckpointProof proof) = await OpenAsync(cancellationToken);
        var options = new PopulateOptions { Migrate = false, IndexRebuild = rebuild, Checkpoint = proof.Checkpoint };
        PopulateReport report = await new CheckpointPopulation(
            archive.Archive, database, options, NullLoggerFactory.Instance).RunAsync(null, cancellationToken);
        return (report.Entries.Read, report.Tables.Sum(table => table.Rows));
    }

    private Archives.OpenedArchive OpenedArchive() => Archives.OpenedArchive.OfFolder(Folder);

    private async Task<(CheckpointEntrySource Source, CheckpointProof Proof)> OpenAsync(CancellationToken cancellationToken)
    {
        var archive = HistoryArchive.Open(Folder);
        CheckpointProof proof = (await archive.ChooseCheckpointAsync(null, cancellationToken)).Proof;
        return (CheckpointEntrySource.Create(archive, proof), proof);
    }

    private async Task EachBucketAsync(Func<IArchiveTransport, BucketReference, Task> work, CancellationToken cancellationToken)
    {
        var archive = HistoryArchive.Open(Folder);
        (CheckpointEntrySource source, _) = await OpenAsync(cancellationToken);
        foreach (BucketReference bucket in source.Buckets) await work(archive.Transport, bucket);
    }
}
