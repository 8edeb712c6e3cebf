namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Why a header that decodes cannot belong to a ledger, or cannot follow a given ledger.</summary>
public enum LedgerHeaderProblem
{
    /// <summary>No problem.</summary>
    None = 0,

    /// <summary>The close time in seconds is not the one in milliseconds, rounded down.</summary>
    CloseTimesDisagree,

    /// <summary>The close time is in milliseconds, but the previous ledger has an older protocol, after which it is in seconds.</summary>
    MillisecondsTooEarly,

    /// <summary>The close time is in seconds, but the previous ledger has a protocol after which it is in milliseconds.</summary>
    MillisecondsMissing,

    /// <summary>The transaction set was dropped, but the previous ledger has a protocol after which this is impossible.</summary>
    EmptySetTooEarly,

    /// <summary>The empty transaction set names another ledger than the previous one.</summary>
    EmptySetOfOtherLedger,

    /// <summary>The empty transaction set names another protocol than that of the previous ledger.</summary>
    EmptySetOfOtherProtocol,

    /// <summary>The protocol is older than that of the previous ledger.</summary>
    ProtocolGoesBack,

    /// <summary>The ledger closed before the previous one.</summary>
    TimeGoesBack,

    /// <summary>The ledger closed at the same time as the previous one.</summary>
    TimeStandsStill,
}
