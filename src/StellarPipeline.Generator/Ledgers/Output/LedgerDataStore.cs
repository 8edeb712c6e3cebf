using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace StellarPipeline.Generator.Ledgers.Output;

/// <summary>
/// Writes ledgers as a data store in a folder (SEP-54): .config.json, and zstd objects of LedgerCloseMetaBatch with descending names.
/// </summary>
public static class LedgerDataStore
{
    private const int BatchHeadBytes = 12;

    /// <summary>Writes a data store. An object appears under its name only when it is whole.</summary>
    /// <param name="directory">The folder; it is created if needed.</param>
    /// <param name="passphrase">The network's passphrase, for the store's description.</param>
    /// <param name="ledgers">The ledgers in order, without gaps.</param>
    /// <param name="ledgersPerObject">Ledgers per object, 1 or more; the first and the last object may have fewer.</param>
    /// <param name="objectsPerPartition">Objects per subfolder, 1 or more; 1 writes no subfolders.</param>
    /// <param name="cancellationToken">Stops between two ledgers; written objects remain.</param>
    /// <returns>The number of objects written.</returns>
    public static int Write(
        string directory, string passphrase, IEnumerable<GeneratedLedger> ledgers, int ledgersPerObject = 1,
            int objectsPerPartition = 64000, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(ledgers);
        ArgumentOutOfRangeException.ThrowIfLessThan(ledgersPerObject, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(objectsPerPartition, 1);
        Directory.CreateDirectory(directory);
        WriteConfiguration(directory, passphrase, ledgersPerObject, objectsPerPartition);
        List<GeneratedLedger> batch = [];
        int objects = 0;
        foreach (GeneratedLedger ledger in ledgers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Add(ledger);
            if ((ledger.Sequence + 1) % ledgersPerObject != 0) continue;
            WriteObject();
        }

        if (batch.Count > 0) WriteObject();
        return objects;

        void WriteObject()
        {
            string path = Path.Combine(directory, NameOf(batch[0].Sequence, ledgersPerObject, objectsPerPartition));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // Under another name until it is whole: the store may be followed while it is written.
            string part = path + ".part";
            using (ZstdSharp.CompressionStream stream = new(File.Create(part), leaveOpen: false)) WriteBatch(stream, batch);
            File.Move(part, path, overwrite: true);
            batch.Clear();
            objects++;
        }
    }

    /// <summary>The path of a ledger's object, relative to the store's folder.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="ledgersPerObject">Ledgers per object.</param>
    /// <param name="objectsPerPartition">Objects per subfolder.</param>
    /// <returns>The relative path, with forward slashes.</returns>
    public static string NameOf(uint ledger, int ledgersPerObject, int objectsPerPartition)
    {
        long partition = (long)ledgersPerObject * objectsPerPartition, first = ledger / ledgersPerObject * ledgersPerObject,
            start = ledger / partition * partition;
        string folder = objectsPerPartition == 1 ? ""
            : string.Create(CultureInfo.InvariantCulture,
            $"{uint.MaxValue - start:X8}--{start}-{Math.Min(start + partition - 1, uint.MaxValue)}/");
        string last = ledgersPerObject == 1 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"-{Math.Min(first + ledgersPerObject - 1, uint.MaxValue)}");
        return string.Create(CultureInfo.InvariantCulture, $"{folder}{uint.MaxValue - first:X8}--{first}{last}.xdr.zst");
    }

    private static void WriteConfiguration(string directory, string passphrase, int ledgersPerObject, int objectsPerPartition)
    {
        using FileStream file = File.Create(Path.Combine(directory, ".config.json"));
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("networkPassphrase", passphrase);
        json.WriteString("version", "1.0");
        json.WriteString("compression", "zstd");
        json.WriteNumber("ledgersPerBatch", ledgersPerObject);
        json.WriteNumber("batchesPerPartition", objectsPerPartition);
        json.WriteEndObject();
    }

    private static void WriteBatch(Stream stream, List<GeneratedLedger> batch)
    {
        Span<byte> head = stackalloc byte[BatchHeadBytes];
        BinaryPrimitives.WriteUInt32BigEndian(head, batch[0].Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], batch[^1].Sequence);
        BinaryPrimitives.WriteInt32BigEndian(head[8..], batch.Count);
        stream.Write(head);
        foreach (GeneratedLedger ledger in batch) stream.Write(ledger.CloseMeta.Span);
    }
}
