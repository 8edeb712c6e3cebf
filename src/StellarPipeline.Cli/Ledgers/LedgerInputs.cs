using System.Globalization;
using System.Text.RegularExpressions;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>One file of ledgers that a command reads.</summary>
/// <param name="Path">The file.</param>
/// <param name="Folder">The folder of the command line that it was found in; null if it was named itself.</param>
/// <param name="First">The first ledger that it may contain, by its name.</param>
/// <param name="Last">The last ledger that it may contain, by its name.</param>
internal sealed record LedgerInput(string Path, string? Folder = null, uint First = 0, uint Last = uint.MaxValue)
{
    /// <summary>True if both were found in one folder.</summary>
    public bool IsOfSameFolder(LedgerInput other) => Folder is not null && Folder == other.Folder;
}

/// <summary>Finds the files that a command names, and the network of their data stores.</summary>
internal static partial class LedgerInputs
{
    /// <summary>The files at a path: the file itself, or the objects of a data store in the order of their ledgers.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="remark">Receives a remark about files that are skipped.</param>
    public static IEnumerable<LedgerInput> At(string path, Action<string> remark)
    {
        if (!Directory.Exists(path)) return [new LedgerInput(path)];
        var found = new List<LedgerInput>();
        var others = new List<string>();
        foreach (string file in Directory.GetFiles(path, "*.xdr*", SearchOption.AllDirectories))
        {
            if (ObjectName().Match(Path.GetFileName(file)) is { Success: true } name
                && uint.TryParse(name.Groups["first"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
                && uint.TryParse(name.Groups["last"].Success ? name.Groups["last"].ValueSpan : name.Groups["first"].ValueSpan,
                    NumberStyles.None, CultureInfo.InvariantCulture, out uint last))
            {
                found.Add(new LedgerInput(file, path, first, last));
            }
            else
            {
                others.Add(file);
            }
        }

        if (others.Count > 0)
        {
            others.Sort(StringComparer.Ordinal);
            remark(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{others.Count:N0} files of {path} were not read, because their names are not those of data store objects (SEP-54); "
                        + $"the first of them is {others[0]}. To read a file with another name, name the file itself."));
        }

        return found.OrderBy(file => file.First).ThenBy(file => file.Path, StringComparer.Ordinal);
    }

    /// <summary>The network of the ledgers: the named one, otherwise that of a data store's description, otherwise pubnet.</summary>
    /// <param name="asked">A name or a passphrase; null if none was given.</param>
    /// <param name="paths">The paths of the command line.</param>
    /// <exception cref="CommandLineException">A store belongs to another network (kind usage).</exception>
    /// <exception cref="LedgerException">The description of a store is damaged.</exception>
    public static StellarNetwork Network(string? asked, IEnumerable<string> paths)
    {
        string? passphrase = asked is null ? null : StellarNetwork.Parse(asked).Passphrase;
        string saidBy = "--network";
        foreach (string path in paths)
        {
            if (StoreOf(path) is not { } store || LedgerStoreManifest.ReadFolder(store)?.NetworkPassphrase is not { Length: > 0 } found)
                continue;
            if (passphrase is not null && passphrase != found)
            {
                throw new CommandLineException(
                    FailureKind.Usage,
                    $"{Path.Combine(store, LedgerStoreManifest.FileName)} says that its ledgers belong to the network \"{found}\", but "
                        + $"{saidBy} says \"{passphrase}\". Correct --network, and read stores of one network at a time.");
            }

            if (passphrase is null) (passphrase, saidBy) = (found, Path.Combine(store, LedgerStoreManifest.FileName));
        }

        return passphrase is null ? StellarNetwork.Pubnet : StellarNetwork.Parse(passphrase);
    }

    // An object is in the store's folder, or in a subfolder.
    private static string? StoreOf(string path)
    {
        string? folder = Path.GetFullPath(path);
        for (int level = 0; level < 3 && folder is not null; level++, folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, LedgerStoreManifest.FileName))) return folder;
        }

        return null;
    }

    [GeneratedRegex(@"^[0-9A-Fa-f]{8}--(?<first>\d+)(-(?<last>\d+))?\.xdr(\.zst|\.zstd|\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex ObjectName();
}
