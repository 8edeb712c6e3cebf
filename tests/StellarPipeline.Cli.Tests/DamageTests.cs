using System.Buffers.Binary;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>A damaged archive ends the program with one clear error and exit code 3, and no row becomes visible.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-damage-").FullName;
    private TestDatabase? database;
    private WrittenArchive archive = null!;

    public static TheoryData<string, string> Cases => new()
    {
        { "flipped byte in a stored bucket", "bucket-" },
        { "flipped byte in a bucket's content", "bucket-" },
        { "cut bucket file", "bucket-" },
        { "missing bucket", "bucket" },
        { "swapped buckets", "bucket-" },
        { "unsorted bucket", "bucket-" },
        { "duplicate key", "bucket-" },
        { "wrong hash in the state", "history" },
        { "wrong ledger in the state", "0000003f" },
        { "missing level in the state", "history" },
        { "state that is no JSON", "history" },
        { "broken header chain", "ledger-" },
        { "false header hash", "ledger-" },
        { "missing ledger file", "ledger" },
        { "unknown arm of an entry", "bucket-" },
        { "unknown arm deep in an entry that is not stored", "bucket-" },
        { "unknown arm in an older version", "bucket-" },
        { "trailing bytes in a record", "bucket-" },
        { "record of 2^31-1 bytes", "bucket-" },
        { "record without the last-fragment bit", "bucket-" },
        { "garbage behind the gzip member", "bucket-" },
    };

    public async Task InitializeAsync()
    {
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 200, Trustlines = 400, Passphrase = StellarNetwork.Testnet.Passphrase });
        archive = generated.Archive;
    }

    public async Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        if (database is not null) await database.DisposeAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task Populate_DamagedArchive_ExitsWith3NamingTheFileAndCommitsNothing(string damage, string named)
    {
        database = await PostgresFixture.CreateDatabaseAsync();
        Damage(damage);
        CliResult result = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString);
        Assert.True(result.ExitCode == 3, $"{damage}: exit {result.ExitCode}: {result.All}");
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("Error:", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT CASE WHEN to_regclass('native_balances') IS NULL THEN 0 ELSE (xpath('/row/c/text()', query_to_xml('SELECT "
                    + "count(*) AS c FROM native_balances', false, true, '')))[1]::text::bigint END"));
    }

    [SkippableFact]
    public async Task Populate_WrongNetwork_ExitsWith2()
    {
        database = await PostgresFixture.CreateDatabaseAsync();
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, "--network", "pubnet");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Public Global Stellar Network", result.Error, StringComparison.Ordinal);
    }

    private void Damage(string damage)
    {
        WrittenBucket largest = archive.Buckets.Where(bucket => !bucket.HotArchive).MaxBy(bucket => bucket.File.Records)!;
        string path = archive.PathOf(largest);
        switch (damage)
        {
            case "flipped byte in a stored bucket": ArchiveDamage.FlipStoredByte(path, new FileInfo(path).Length / 2); break;
            case "flipped byte in a bucket's content": ArchiveDamage.FlipContentByte(path, largest.File.RawBytes - 2); break;
            case "cut bucket file": ArchiveDamage.CutOff(path, new FileInfo(path).Length - 100); break;
            case "missing bucket": File.Delete(path); break;
            case "swapped buckets":
                WrittenBucket other = archive.Buckets.First(bucket => bucket.File.Records > 0 && bucket.File.Hash != largest.File.Hash);
                File.Copy(archive.PathOf(other), path, overwrite: true);
                break;
            case "unsorted bucket":
                ArchiveDamage.RewriteRecords(archive, largest, records => (records[^1], records[^2]) = (records[^2], records[^1])); break;
            case "duplicate key": ArchiveDamage.RewriteRecords(archive, largest, records => records.Add(records[^1])); break;
            case "wrong hash in the state":
                ArchiveDamage.EditState(archive, state => state["currentBuckets"]!.AsArray()[3]!["curr"] = new string('a', 64)); break;
            case "wrong ledger in the state": ArchiveDamage.EditState(archive, state => state["currentLedger"] = 63); break;
            case "missing level in the state":
                ArchiveDamage.EditState(archive, state => state["currentBuckets"]!.AsArray().RemoveAt(10));
                break;
            case "state that is no JSON":
                File.WriteAllText(archive.StatePath, "{");
                break;
            case "broken header chain": ArchiveDamage.BreakHeaderLink(archive, 30); break;
            case "false header hash": ArchiveDamage.FalsifyHeaderHash(archive, 30); break;
            case "missing ledger file": File.Delete(archive.LedgerPath); break;
            case "unknown arm of an entry":
                ArchiveDamage.RewriteRecords(archive, largest, records => BinaryPrimitives.WriteInt32BigEndian(records[^1].AsSpan(8), 11));
                break;

            // The extension of a TTL entry, the last of all types, is its last four bytes: the wallet tables do not store TTL entries.
            case "unknown arm deep in an entry that is not stored":
                ArchiveDamage.RewriteRecords(archive, largest, records => records[^1][^1] = 7); break;
            case "unknown arm in an older version": ArchiveDamage.RewriteRecords(archive, largest, DamageOlderVersion); break;
            case "trailing bytes in a record":
                ArchiveDamage.RewriteRecords(archive, largest, records => records[^1] = [.. records[^1], 0, 0, 0, 0]); break;
            case "record of 2^31-1 bytes":
                ArchiveDamage.RewriteContent(archive, largest, content => [.. content, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]); break;
            case "record without the last-fragment bit":
                ArchiveDamage.RewriteContent(archive, largest, content =>
                {
                    content[0] &= 0x7f;
                    return content;
                });
                break;
            case "garbage behind the gzip member": ArchiveDamage.Append(path, "garbage"u8); break;
            default: throw new ArgumentOutOfRangeException(nameof(damage), damage, "No such damage.");
        }
    }

    /// <summary>
    /// Breaks the extension of an account that a newer bucket overrides: its value matters to nobody, but the archive is still not what it
    /// should be.
    /// </summary>
    private void DamageOlderVersion(List<byte[]> records)
    {
        var newer = new HashSet<string>();
        foreach (WrittenBucket bucket in archive.Buckets.Where(
            bucket => !bucket.HotArchive && bucket.File.Records > 0 && bucket.Level < 10))
        {
            foreach (byte[] record in RecordFraming.Split(GzipFiles.Read(archive.PathOf(bucket)))) newer.Add(AccountOf(record));
        }

        byte[] shadowed =
            records.First(record => AccountOf(record) is { Length: > 0 } account && newer.Contains(account) && record[3] != 1);
        shadowed[^1] = 9;
    }

    private static string AccountOf(byte[] record)
    {
        int arm = BinaryPrimitives.ReadInt32BigEndian(record);
        int type = arm == 1 ? 4 : 8;
        return arm < 0 || BinaryPrimitives.ReadInt32BigEndian(record.AsSpan(type)) != 0
            ? ""
            : Convert.ToHexString(record.AsSpan(type + 8, 32));
    }
}
