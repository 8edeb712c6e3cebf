using System.Globalization;

namespace StellarPipeline.Xdr;

/// <summary>The table of protocols that this program reads: the newest one, and what each changed for a reader.</summary>
/// <remarks>
/// To add a protocol: add a row, raise <see cref="Newest"/> and, unless the row says "Nothing.", add the arms to the readers in this
/// project. Then generate an archive of it with the archive generator, for the tests over all protocols.
/// </remarks>
public static class StellarProtocols
{
    /// <summary>The newest protocol whose headers and entries are known.</summary>
    public const uint Newest = 30;

    /// <summary>The first protocol whose buckets have metadata and INIT records.</summary>
    public const uint BucketMetadata = 11;

    /// <summary>The first protocol with claimable balances and with sponsors of entries.</summary>
    public const uint ClaimableBalances = 14;

    /// <summary>The first protocol with liquidity pools and trust lines to their shares.</summary>
    public const uint LiquidityPools = 18;

    /// <summary>The first protocol with contract data, contract code, settings and times to live.</summary>
    public const uint Contracts = 20;

    /// <summary>The first protocol with a hot archive: a second bucket list, and archive states of version 2.</summary>
    public const uint HotArchive = 23;

    /// <summary>The first protocol whose contracts may run code that another address names.</summary>
    public const uint ExternalExecutables = 28;

    /// <summary>Ledgers after one of this or a later protocol may have a dropped transaction set.</summary>
    public const uint EmptyTransactionSets = 28;

    /// <summary>Ledgers after one of this or a later protocol have close times in milliseconds.</summary>
    public const uint Milliseconds = 30;

    /// <summary>The first protocol whose contract values may contain contracts with a multiplexing id.</summary>
    public const uint MuxedContracts = 30;

    private const string Unchanged = "Nothing.";

    /// <summary>All protocols, by number, from 0 to <see cref="Newest"/>.</summary>
    public static IReadOnlyList<StellarProtocol> All { get; } =
    [
        new(0, null, "The first formats: accounts, trust lines, offers; a bucket holds LIVE and DEAD records.",
            "Stellar-ledger.x, Stellar-ledger-entries.x"),
        new(1, null, Unchanged, ""),
        new(2, null, "Data entries.", "Stellar-ledger-entries.x"),
        new(3, null, Unchanged, ""),
        new(4, null, Unchanged, ""),
        new(5, null, Unchanged, ""),
        new(6, null, Unchanged, ""),
        new(7, null, Unchanged, ""),
        new(8, null, Unchanged, ""),
        new(9, null, Unchanged, ""),
        new(10, null, "Liabilities: first extension of accounts and trust lines.", "CAP-3"),
        new(11, null, "Buckets begin with a metadata record and hold INIT records.", "CAP-20"),
        new(12, null, "Merged buckets keep entries that newer buckets shadow.", "CAP-25"),
        new(13, null, Unchanged, ""),
        new(14, null, "Sponsorship extensions of all entries, claimable balances; values in headers are signed.", "CAP-23, CAP-33"),
        new(15, null, Unchanged, ""),
        new(16, null, Unchanged, ""),
        new(17, null, "Clawback: flags, extension of claimable balances.", "CAP-35"),
        new(18, null, "Liquidity pools and trust lines to their shares; flags in headers.", "CAP-38"),
        new(19, null, "Third extension of accounts; signed-payload signers.", "CAP-21, CAP-40"),
        new(20, null, "Contract data, contract code, settings 0 to 13, times to live.", "CAP-46"),
        new(21, null, "Cost inputs of contract code.", "CAP-54"),
        new(22, null, "Longer cost lists in settings.", "CAP-59"),
        new(23, "Whisk", "Hot archive and archive states of version 2; SCAddress arms 2 to 4; settings 14 to 16.",
            "CAP-62, CAP-63, CAP-66, CAP-67, CAP-70"),
        new(24, null, "No format; 478 entries in the public network's hot archive were repaired.", "CAP-76"),
        new(25, "X-Ray", "Longer cost lists in settings.", "CAP-74"),
        new(26, "Yardstick", "Settings 17 to 20.", "CAP-77"),
        new(27, null, Unchanged, ""),
        new(28, null,
            "StellarValue arm 2, for ledgers whose transaction set was dropped; SCVal arm 22 and ContractExecutable arm 2, for code that "
                + "another address names.", "CAP-83, CAP-85"),
        new(29, null, Unchanged, ""),
        new(30, "Bell",
            "StellarValue arms 3 and 4, with close times in milliseconds, from the ledger after the upgrade on; SCAddress arm 5, a "
                + "contract with an id; longer cost lists in settings.", "CAP-84, CAP-87, CAP-88"),
    ];

    /// <summary>Checks whether a protocol is known.</summary>
    /// <param name="number">The protocol version in a header.</param>
    public static bool IsKnown(uint number) => number <= Newest;

    /// <summary>The sentence for errors that says that a protocol is newer than this program. The caller adds the advice.</summary>
    /// <param name="number">The number in the header.</param>
    /// <returns>The sentence, with the number and the newest known protocol.</returns>
    public static string Ahead(uint number) =>
        string.Create(CultureInfo.InvariantCulture,
            $"The network is ahead of this program: the ledger's header has protocol {number}, and the newest that this program knows is "
                    + $"{All[^1]}.");
}
