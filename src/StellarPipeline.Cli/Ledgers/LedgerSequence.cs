using System.Globalization;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>
/// Checks the ledgers that a command reads, one after the other: their order, their hashes, and that they form one chain.
/// </summary>
/// <remarks>
/// Always an error: a repeated ledger, a ledger that comes after a later one, or an object that contains other ledgers than its name says.
/// A wrong hash, a broken chain or a gap is a remark, because recorded and hand-made ledgers are shown too; if a proof is required, it is
/// an error.
/// </remarks>
internal sealed class LedgerSequence(bool isProof, bool allowNewerProtocol, Action<string> remark) : IDisposable
{
    // The first errors are enough to see what is wrong.
    private const int MaxRemarks = 3;

    private readonly LedgerVerifier verifier = new() { AllowNewerProtocol = allowNewerProtocol };
    private LedgerChain chain = new();
    private LedgerInput? lastInput;
    private long doubtful;

    /// <summary>The first ledger; 0 before the first call of <see cref="Add"/>.</summary>
    public uint First { get; private set; }

    /// <summary>The last ledger.</summary>
    public uint Last { get; private set; }

    /// <summary>Number of ledgers.</summary>
    public long Count { get; private set; }

    /// <summary>Hash of the last ledger, as stored next to its header.</summary>
    public string LastHash { get; private set; } = "";

    /// <summary>Checks the next ledger.</summary>
    /// <exception cref="CommandLineException">The ledger is not a possible next one, or its object has a wrong name.</exception>
    /// <exception cref="LedgerException">A proof is required, and the ledger is not proved.</exception>
    public void Add(LedgerView ledger, LedgerInput input, LedgerFileLocation location)
    {
        uint number = ledger.Sequence;
        if (number < input.First || number > input.Last)
        {
            throw new CommandLineException(
                FailureKind.Archive,
                string.Create(CultureInfo.InvariantCulture,
                    $"Ledger {number} is in {input.Path}, whose name says {input.First} to {input.Last}. The object was stored under the "
                            + $"wrong name: fetch it again."));
        }

        if (Count > 0 && number <= Last) throw NotNext(number, input, location);
        bool isHole = Count > 0 && number != Last + 1;
        if (isHole && !isProof)
        {
            // A user who names files one by one may leave out some on purpose.
            if (ReferenceEquals(input, lastInput) || input.IsOfSameFolder(lastInput!))
            {
                remark(
                    string.Create(CultureInfo.InvariantCulture,
                        $"{Missing(number)} between {lastInput!.Path} and {location}. If they are not missing on purpose, fetch them, or "
                                + $"read from another copy."));
            }

            chain = new LedgerChain();
        }

        Prove(ledger, location);
        if (Count++ == 0) First = number;
        Last = number;
        LastHash = Convert.ToHexStringLower(ledger.HeaderEntry().Hash);
        lastInput = input;
    }

    /// <summary>Reports how many more ledgers have wrong hashes.</summary>
    public void End()
    {
        if (doubtful > MaxRemarks)
        {
            remark(FormattableString.Invariant(
                $"{doubtful:N0} of {Count:N0} ledgers have such errors; the others are not listed. ledger verify refuses them."));
        }
    }

    public void Dispose() => verifier.Dispose();

    private void Prove(LedgerView ledger, LedgerFileLocation location)
    {
        try
        {
            verifier.Verify(ledger, location);
            chain.Append(ledger, location);
        }
        catch (LedgerException error) when (!isProof && error.Kind == FailureKind.Archive)
        {
            if (++doubtful <= MaxRemarks) remark($"{error.Message} The ledger is shown as it is.");
            chain = new LedgerChain();
        }
    }

    private CommandLineException NotNext(uint number, LedgerInput input, LedgerFileLocation location)
    {
        string what = number == Last
            ? FormattableString.Invariant(
                $"Ledger {number} exists twice: {location}, and before that in {lastInput!.Path}. Its rows would be printed twice.")
            : FormattableString.Invariant(
                $"Ledger {number} ({location}) comes after ledger {Last} ({lastInput!.Path}). Ledgers must come in order, each once.");
        if (ReferenceEquals(input, lastInput))
        {
            return new CommandLineException(
                FailureKind.Archive, $"{what} The file is damaged or was assembled wrongly: fetch it again.");
        }

        return input.IsOfSameFolder(lastInput)
            ? new CommandLineException(FailureKind.Archive, $"{what} Remove the copy from the folder.")
            : new CommandLineException(FailureKind.Usage, $"{what} Name each file once, the oldest ledgers first.");
    }

    private string Missing(uint next)
    {
        uint first = Last + 1;
        return first == next - 1
            ? FormattableString.Invariant($"Ledger {first} is missing")
            : FormattableString.Invariant($"Ledgers {first} to {next - 1} are missing");
    }
}
