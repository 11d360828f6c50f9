//! Whether a deliver_sm is a part of a longer text, and of which: by its user data header (3GPP TS
//! 23.040, 9.2.3.24) or by the SAR parameters (SMPP 3.4, 5.3.2.22 to 5.3.2.24).

use crate::smpp::deliver::DeliverSm;
use crate::text::udh::{self, Segment};

/// Where a long text's part belongs, and its octets without their header.
pub fn of<'a>(deliver: &DeliverSm<'a>) -> (Option<Segment>, &'a [u8]) {
    let octets = deliver.text();
    if deliver.udhi() {
        return udh::parse(octets);
    }
    let sar =
        (deliver.sar_msg_ref_num(), deliver.sar_total_segments(), deliver.sar_segment_seqnum());
    match sar {
        (Some(reference), Some(total), Some(number)) => {
            (Segment::from_sar(reference, total, number), octets)
        }
        _ => (None, octets),
    }
}
