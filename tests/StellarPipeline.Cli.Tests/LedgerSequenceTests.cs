using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Ledgers that are not what they seem: cut off, twice, in the wrong order, with holes, with hashes that are not true, of another network.
/// </summary>
public sealed class LedgerSequenceTests : IDisposable
{
    private const int Ledgers = 4;

    private readonly string folder = Directory.CreateTempSubdirectory("ledgers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Rows_GzipCutAtAFlushPoint_IsAnErrorAndNotAShorterFile()
    {
        List<byte[]> frames = await GenerateAsync();
        string cut = Path.Combine(folder, "cut.xdr.gz");
        using (var stored = new MemoryStream())
        {
            using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            {
                foreach (byte[] frame in frames.Take(2)) gzip.Write(frame);
                gzip.Flush();
                await File.WriteAllBytesAsync(cut, stored.ToArray());
            }
        }

        CliResult result = await RowsAsync(cut);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("cut.xdr.gz ends too early", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData(new[] { 0, 1, 1, 2 }, "exists twice")]
    [InlineData(new[] { 0, 2, 1, 3 }, "comes after ledger 1002")]
    [InlineData(new[] { 0, 1, 2, 0 }, "comes after ledger 1002")]
    public async Task Rows_FramesTwiceOrBackwards_AreAnError(int[] order, string words)
    {
        List<byte[]> frames = await GenerateAsync();
        CliResult result = await RowsAsync(Write("wrong.xdr", order.Select(index => frames[index])));

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Contains("wrong.xdr, from byte", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_AFileNamedTwice_IsRefused()
    {
        string file = Write("all.xdr", await GenerateAsync());
        CliResult result = await RowsAsync(file, file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Name each file once, the oldest ledgers first", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_Hole_IsARemarkAndWithVerifyAnError()
    {
        List<byte[]> frames = await GenerateAsync();
        string file = Write("hole.xdr", [frames[0], frames[3]]);

        CliResult shown = await RowsAsync(file);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("Remark: Ledgers 1001 to 1002 are missing", shown.Error, StringComparison.Ordinal);
        CliResult verified = await RowsAsync(file, "--verify");
        Assert.Equal(3, verified.ExitCode);
        Assert.Contains("but ledger 1001 was expected", verified.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("moved")]
    [InlineData("hole")]
    public async Task Show_DataStoreThatIsNotInOrder_SaysSo(string fault)
    {
        string store = await StoreAsync();
        string[] objects = [.. Directory.GetFiles(store, "*.xdr.zst", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (fault == "copy")
        {
            File.Copy(
                objects[1], Path.Combine(Directory.CreateDirectory(Path.Combine(store, "again")).FullName, Path.GetFileName(objects[1])));
        }

        if (fault == "moved") File.Move(objects[0], objects[1], overwrite: true);
        if (fault == "hole") File.Delete(objects[1]);

        CliResult result = await CliProcess.RunAsync("ledger", "show", store);

        Assert.Equal(fault == "hole" ? 0 : 3, result.ExitCode);
        Assert.Contains(fault switch { "copy" => "exists twice", "moved" => "whose name says", _ => "Ledger 1002 is missing" },
            result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_FolderWithFilesOfOtherKinds_ReadsLedgersOnly()
    {
        string store = await StoreAsync();
        using (var gzip = new GZipStream(File.Create(Path.Combine(store, "bucket-00ff.xdr.gz")), CompressionLevel.Fastest))
            gzip.Write("no ledger"u8);

        CliResult result = await CliProcess.RunAsync("ledger", "show", store);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("1 files of", result.Error, StringComparison.Ordinal);
        Assert.Contains("bucket-00ff.xdr.gz", result.Error, StringComparison.Ordinal);
        Assert.Contains("Ledger 1003", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_DataStore_IsOfTheNetworkThatItSays()
    {
        string store = await StoreAsync("--network", "A network of my own");
        string inside = Directory.GetFiles(store, "*.xdr.zst", SearchOption.AllDirectories)[0];

        Assert.Equal(0, (await CliProcess.RunAsync("ledger", "show", store)).ExitCode);
        Assert.Equal(0, (await CliProcess.RunAsync("ledger", "show", inside)).ExitCode);
        Assert.Equal(0, (await CliProcess.RunAsync("ledger", "show", store, "--network", "A network of my own")).ExitCode);
        CliResult other = await CliProcess.RunAsync("ledger", "show", store, "--network", "pubnet");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("A network of my own", other.Error, StringComparison.Ordinal);
        Assert.Empty(other.Output);
    }

    [Fact]
    public async Task Verify_TrueLedgers_SaysWhatWasProved()
    {
        string store = await StoreAsync();

        CliResult result = await CliProcess.RunAsync("ledger", "verify", store, "--from", "1000", "--to", "1003");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches("1,?000", result.Output);
        Assert.Matches("1,?003", result.Output);
    }

    [Fact]
    public async Task Rows_HeaderThatDoesNotHaveItsHash_IsARemarkAndWithVerifyRefused()
    {
        List<byte[]> frames = await GenerateAsync();
        foreach (byte[] frame in frames)
        {
            // The first bytes behind the frame's head, the version and its extension are the hash, then the header.
            int hash = 4 + 4 + (BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) == 0 ? 0 : 4);
            if (BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)) > 0 && BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(8)) == 1)
                hash += 12;
            frame[hash] ^= 1;
        }

        string file = Write("false.xdr", frames);
        CliResult shown = await RowsAsync(file);
        CliResult refused = await RowsAsync(file, "--verify");
        CliResult verified = await CliProcess.RunAsync("ledger", "verify", file, "--network", "testnet");

        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("Remark: Ledger 1000 (", shown.Error, StringComparison.Ordinal);
        Assert.Contains("its header has the hash", shown.Error, StringComparison.Ordinal);
        Assert.Contains($"{Ledgers} of {Ledgers} ledgers have such errors", shown.Error, StringComparison.Ordinal);
        Assert.All([refused, verified], result => Assert.Equal(3, result.ExitCode));
        Assert.Empty(refused.Output);
    }

    [Fact]
    public async Task Show_Json_IsOneObjectPerLine()
    {
        CliResult result = await CliProcess.RunAsync(
            "ledger", "show", Write("all.xdr", await GenerateAsync()), "--network", "testnet", "--format", "json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal([1000, 1001, 1002, 1003], result.Output.TrimEnd().Split('\n').Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("ledger").GetInt32();
        }));
    }

    private static Task<CliResult> RowsAsync(params string[] arguments) =>
        CliProcess.RunAsync(["ledger", "rows", .. arguments, "--table", "transactions", "--network", "testnet"]);

    private async Task<string> StoreAsync(params string[] more)
    {
        string store = Path.Combine(folder, "store");
        CliResult made = await CliProcess.RunAsync(
            ["ledger", "generate", "--data-store", store, "--ledgers", $"{Ledgers}", "--transactions", "3", "--first", "1000", .. more]);
        Assert.Equal(0, made.ExitCode);
        return store;
    }

    private async Task<List<byte[]>> GenerateAsync()
    {
        string file = Path.Combine(folder, "made.xdr");
        CliResult made = await CliProcess.RunAsync(
            "ledger", "generate", "--stream", file, "--ledgers", $"{Ledgers}", "--transactions", "3", "--first", "1000");
        Assert.Equal(0, made.ExitCode);
        byte[] content = await File.ReadAllBytesAsync(file);
        var frames = new List<byte[]>();
        for (int position = 0; position < content.Length;)
        {
            int length = 4 + (int)(BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(position)) & 0x7FFFFFFF);
            frames.Add(content[position..(position + length)]);
            position += length;
        }

        return frames;
    }

    private string Write(string name, IEnumerable<byte[]> frames)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllBytes(file, [.. frames.SelectMany(frame => frame)]);
        return file;
    }
}
