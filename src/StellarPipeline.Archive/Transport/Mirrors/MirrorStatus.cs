namespace StellarPipeline.Archive.Transport.Mirrors;

/// <summary>How one mirror is doing, for reports.</summary>
/// <param name="Location">Where it is, without secrets.</param>
/// <param name="BytesRead">Bytes that it gave.</param>
/// <param name="Failures">Attempts that failed.</param>
/// <param name="WrongFiles">Files that it gave with wrong content.</param>
/// <param name="BytesPerSecond">Speed of one of its streams lately; null before the first long one.</param>
/// <param name="IsResting">True while it is left alone after a failure.</param>
public sealed record MirrorStatus(string Location, long BytesRead, int Failures, int WrongFiles, double? BytesPerSecond, bool IsResting);
