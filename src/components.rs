//! Small, reusable pieces of pages. Each is one file, has its states on `/dev/styleguide`, and knows nothing of stores
//! and servers. To add one: a file here, its rules in `style/components/`, its states in the style guide.

pub mod about_fields;
pub mod authorities;
pub mod dev_mail;
pub mod drawing;
pub mod error_summary;
pub mod exit;
pub mod face;
pub mod field;
pub mod form_state;
pub mod frame;
pub mod group_row;
pub mod head;
pub mod hold_strip;
pub mod holds;
pub mod icon;
pub mod line;
pub mod live;
pub mod loaded;
pub mod problem;
pub mod return_place;
pub mod scene;
pub mod seat_ring;
pub mod seats;
pub mod state_select;
pub mod submit;
pub mod subscribe_form;
pub mod text;
pub mod text_area;
pub mod topic_mark;
pub mod wish_fields;
pub mod zone_line;
