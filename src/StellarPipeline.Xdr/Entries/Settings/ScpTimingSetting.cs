namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Time-outs of consensus.</summary>
/// <param name="LedgerTargetCloseTimeMilliseconds">Time between ledgers that is aimed at.</param>
/// <param name="NominationTimeoutInitialMilliseconds">First time-out of nomination.</param>
/// <param name="NominationTimeoutIncrementMilliseconds">Growth of the time-out of nomination with each round.</param>
/// <param name="BallotTimeoutInitialMilliseconds">First time-out of balloting.</param>
/// <param name="BallotTimeoutIncrementMilliseconds">Growth of the time-out of balloting with each round.</param>
/// <remarks>Format: <c>ConfigSettingSCPTiming</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ScpTimingSetting(
    uint LedgerTargetCloseTimeMilliseconds,
    uint NominationTimeoutInitialMilliseconds,
    uint NominationTimeoutIncrementMilliseconds,
    uint BallotTimeoutInitialMilliseconds,
    uint BallotTimeoutIncrementMilliseconds);
